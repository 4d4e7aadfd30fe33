// What a start makes of shapes on disk that it cannot read.
import { existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { spawnStack } from '../process.ts'
import { ask, readToEnd, removeFolder, temporaryFolder } from '../stack.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

test('shapes on disk that cannot be read are dropped and said; the others go on, and who had one of these fetches anew', async () => {
  const dataDir = temporaryFolder()
  cleanUps.push(() => removeFolder(dataDir))
  const spoil: Record<string, (folder: string) => void> = {
    half: folder => truncateSync(path.join(folder, 'shape.json'), 40),
    other: folder => writeFileSync(path.join(folder, 'shape.json'), '[]'),
    pageless: folder => rmSync(path.join(folder, 'page-0.json')),
    cut: folder => writeFileSync(path.join(folder, 'log-cut.json'), '{"lsn":'),
  }
  const tables = ['whole', ...Object.keys(spoil)]

  const first = await spawnStack(dataDir)
  const client = new pg.Client(first.ownerUrl)
  await client.connect()
  for (const table of tables) await client.query(`CREATE TABLE ${table} (id int PRIMARY KEY); INSERT INTO ${table} VALUES (1)`)
  await client.end()
  const places = new Map<string, { handle: string, offset: string }>()
  for (const table of tables) {
    const { handle, offset } = await readToEnd(first, { table })
    places.set(table, { handle, offset })
  }
  await first.end('SIGTERM')
  const shapes = path.join(dataDir, 'shapes')
  const folderOf = (table: string): string => path.join(shapes, places.get(table)?.handle ?? '')
  for (const [table, damage] of Object.entries(spoil)) damage(folderOf(table))

  const second = await spawnStack(dataDir)
  cleanUps.push(() => second.end('SIGTERM'))
  expect(second.stderr().match(/A shape on disk cannot be read and is dropped/g)).toHaveLength(Object.keys(spoil).length)
  expect(readdirSync(shapes).filter(name => existsSync(path.join(shapes, name, 'shape.json')))).toEqual([places.get('whole')?.handle])
  expect(readFileSync(path.join(folderOf('whole'), 'page-0.json'), 'utf8')).toContain('"id":"1"')
  for (const table of tables) {
    const answer = await ask(second, { table, ...places.get(table) })
    expect([table, answer.status]).toEqual([table, table === 'whole' ? 200 : 409])
    const anew = await readToEnd(second, { table })
    expect(anew.messages.flatMap(message => message.key ?? [])).toEqual([`"public"."${table}"/"1"`])
  }
})
