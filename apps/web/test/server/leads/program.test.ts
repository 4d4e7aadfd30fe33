import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import type { Uploaded } from '../../../form/offline-leads'
import { Child } from '../../support/child'
import { filesWith, needle } from '../../support/needles'
import { App } from '../support/app'
import { admin, makeCompany, makePerson, type Person } from '../support/people'

/** `getPGlite` and `syncPendingLeads` in a program that is no browser, against the built server and a real PostgreSQL. */
const PROGRAM = fileURLToPath(new URL('support/take-leads.mjs', import.meta.url))
let sql: pg.Pool
let app: App
let owner: Person
let folder: string
let company: string

beforeAll(async () => {
  sql = admin()
  app = await App.start()
  owner = await makePerson(sql, 'Pro')
})
beforeEach(async () => {
  await sql.query('delete from auth.attempts')
  folder = await mkdtemp(join(tmpdir(), 'mvdb-leads-'))
  company = await open()
})
afterEach(() => rm(folder, { recursive: true, force: true }))
afterAll(async () => {
  await app?.stop()
  await sql?.end()
})

async function open(): Promise<string> {
  const id = await makeCompany(sql, owner)
  await sql.query('delete from leads where company_id = $1', [id])
  await sql.query('update companies set settings = $2 where id = $1', [id, { form: { open: true, consent: '', privacy_url: '' } }])
  return id
}
const stored = async (id = company) => (await sql.query<{ name: string }>('select name from leads where company_id = $1 order by created_at, name', [id])).rows.map(({ name }) => name)

interface Row { name: string, synced: boolean, state: string, version: number, code: string | null }
type Said = Partial<Uploaded> & { step: string, rows?: Row[] }

/** Runs the program with these steps until it ends, also where a step kills it. Out: what each said. */
async function program(steps: string[], { tenant = company, killed = false, origin = app.origin } = {}): Promise<Said[]> {
  const child = new Child('the program', process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM, folder, origin, tenant, ...steps], { cwd: fileURLToPath(new URL('../../../', import.meta.url)) })
  onTestFinished(() => child.end('SIGKILL'))
  await child.exited().catch((error: unknown) => { if (!killed) throw error })
  return child.stdout.split('\n').filter(Boolean).map(line => JSON.parse(line) as Said)
}
const rowsOf = (said: Said[]) => said.findLast(({ step }) => step === 'rows')?.rows
const NONE = { stored: 0, duplicate: 0, quarantined: 0, refused: 0 }

test('three leads of a program are with the server once each, however often it sends, and no byte of them stays in its folder', async () => {
  const names = [needle(), needle(), needle()]
  const first = await program([`take:${names.join(':')}`, 'die'], { killed: true })
  expect(first).toMatchObject([{ step: 'take' }])
  expect(await filesWith(folder, names[0] ?? ''), 'what was taken is there though the program was killed').not.toEqual([])
  const said = await program(['rows', 'sync', 'rows', 'sync', 'take:late', 'sync', 'close'])
  expect(said[0]?.rows?.map(({ name }) => name)).toEqual(names)
  expect(said[1]).toEqual({ step: 'sync', ...NONE, stored: 3 })
  expect(said[2]?.rows).toEqual([])
  expect(said[3]).toEqual({ step: 'sync', ...NONE })
  expect(said[5]).toEqual({ step: 'sync', ...NONE, stored: 1 })
  expect(await stored()).toEqual([...names, 'late'])
  for (const name of names) expect(await filesWith(folder, name)).toEqual([])
}, 300_000)

test('killed between the answer and the erasure it sends once more, and there is one of each', { timeout: 300_000, tags: [SOAK] }, async () => {
  const names = [needle(), needle()]
  await program([`take:${names.join(':')}`, 'sync-and-die'], { killed: true })
  expect(await stored()).toEqual(names)
  expect(await program(['sync', 'rows', 'close'])).toMatchObject([{ ...NONE, duplicate: 2 }, { rows: [] }, {}])
  expect(await stored()).toEqual(names)
  for (const name of names) expect(await filesWith(folder, name)).toEqual([])
})

test('one that the server refuses stays with its reason and holds up no other; corrected, it is sent as a later version', { timeout: 300_000, tags: [SOAK] }, async () => {
  const [sound, late] = [needle(), needle()]
  const said = await program([`take:${sound}:x`, 'sync', 'rows', `correct:x:${late}`, 'rows', 'sync', 'rows', 'close'])
  expect(said[1]).toEqual({ step: 'sync', ...NONE, stored: 1, refused: 1 })
  expect(said[2]?.rows).toEqual([{ name: 'x', synced: false, state: 'failed', version: 1, code: 'invalid_input' }])
  expect(said[4]?.rows).toEqual([{ name: late, synced: false, state: 'pending', version: 2, code: null }])
  expect(said[5]).toEqual({ step: 'sync', ...NONE, stored: 1 })
  expect(await stored()).toEqual(expect.arrayContaining([sound, late]))
})

test('two tenants have a folder each, and neither knows of the other', { timeout: 300_000, tags: [SOAK] }, async () => {
  const other = await open()
  const [mine, theirs] = [needle(), needle()]
  await program([`take:${mine}`, 'close'])
  const said = await program([`take:${theirs}`, `take-for:${company}:stray`, 'rows', 'sync', 'close'], { tenant: other })
  expect(said[1]).toMatchObject({ error: expect.stringContaining('of_this_tenant') as string })
  expect(rowsOf(said)?.map(({ name }) => name)).toEqual([theirs])
  expect([await stored(), await stored(other)]).toEqual([[], [theirs]])
  expect(await filesWith(join(folder, `offline-leads-${other}`), mine)).toEqual([])
  expect(rowsOf(await program(['rows', 'sync', 'close']))?.map(({ name }) => name)).toEqual([mine])
  expect([await stored(), await stored(other)]).toEqual([[mine], [theirs]])
})

test('a server that is away loses none, two rounds at once are one, and a second program is kept out', { timeout: 300_000, tags: [SOAK] }, async () => {
  const name = needle()
  const away = await program([`take:${name}`, 'sync', 'rows', 'close'], { origin: 'http://127.0.0.1:9' })
  expect(away[1]).toMatchObject({ ...NONE, again: {} })
  expect(rowsOf(away)).toMatchObject([{ name, state: 'pending' }])
  const said = await program(['second-program', 'sync-twice', 'close'])
  expect(said[0]).toMatchObject({ error: expect.stringContaining('one program at a time') as string })
  expect(said[1]).toMatchObject({ stored: 1 })
  expect(await stored()).toEqual([name])
  expect(existsSync(join(folder, `offline-leads-${company}`, 'lock'))).toBe(false)
})

test.each(['', '../x', 'a/b', 'a\'b', randomUUID() + '\0'])('%j is no tenant, and names no folder', async (name) => {
  const { getPGlite } = await import('../../../form/offline-leads')
  await expect(getPGlite(name, { folder })).rejects.toThrow('A tenant is named by')
})
