// A backup or a restore that is killed leaves what was there, or what was to come, and never half of either.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { backUp } from '../../backup/backup.ts'
import { restore } from '../../backup/restore.ts'
import { withServer } from '../../backup/server.ts'
import { verifyBackup } from '../../backup/read.ts'
import { startStack, removeFolder, temporaryFolder, type TestStack } from '../stack.ts'
import { never, runUntil } from './killed.ts'
import { withSession } from '../../postgres/session.ts'
import { FIRST, ROWS, databasesBeside, digestOf, run, testSchema } from './schema.ts'

const schema = testSchema()
/** From either state to the one before the restore. */
const OLDER = `DELETE FROM kept.children; DELETE FROM every_type WHERE id > 10; DELETE FROM kept.log; INSERT INTO kept.log VALUES ('what was there before')`
let stack: TestStack
let files: string
let old: Awaited<ReturnType<typeof digestOf>>
let backedUp: Awaited<ReturnType<typeof digestOf>>
const file = () => path.join(files, 'a.backup')

beforeAll(async () => {
  files = temporaryFolder()
  stack = await startStack()
  await schema.make(stack.ownerUrl, FIRST, [])
  await run(stack.ownerUrl, ROWS)
  // Enough that loading takes a while.
  await run(stack.adminUrl, `DELETE FROM kept.log; INSERT INTO every_type (t, j) SELECT 'row', jsonb_build_object('i', i, 'text', repeat(md5(i::text), 20)) FROM generate_series(1, 20000) i`)
  await withServer({ dataDir: stack.dataDir }, access => backUp(access, { schema, file: file() }))
  backedUp = await digestOf(stack.adminUrl)
  await run(stack.adminUrl, OLDER)
  old = await digestOf(stack.adminUrl)
})
afterAll(async () => {
  await stack.remove()
  removeFolder(files)
})

const restoring = (when: Parameters<typeof runUntil>[1]) => runUntil(['restore', stack.dataDir, file()], when)
const rowsBeside = async (): Promise<number> => await withSession(stack.adminUrl.replace(/electric$/, 'mvdb_beside'), async (client) => {
  const { rows } = await client.query<{ bytes: string }>(`SELECT pg_relation_size('every_type')::text AS bytes`)
  return Number(rows[0]?.bytes)
}).catch(() => -1)

async function isOneOrTheOther(): Promise<boolean> {
  const there = await digestOf(stack.adminUrl)
  const isOld = there === old
  if (!isOld) expect(there).toBe(backedUp)
  return isOld
}

test.each([
  ['as soon as there is a database beside', async (ended: () => boolean) => {
    while (!ended() && !(await databasesBeside(stack.adminUrl)).length) await sleep(5)
  }],
  ['while it loads', async (ended: () => boolean) => {
    while (!ended() && await rowsBeside() < 1_000_000) await sleep(5)
  }],
])('a restore that is killed %s has changed nothing', async (_name, when) => {
  expect((await restoring(when)).killed).toBe(true)
  expect(await isOneOrTheOther()).toBe(true)
})

test('a restore that is killed around the moment of its swap is old or new, and one that is run again ends', { tags: [SOAK], timeout: 60_000 }, async () => {
  const whole = Date.now()
  expect(await restoring(never)).toMatchObject({ killed: false, code: 0 })
  const took = Date.now() - whole
  expect(await isOneOrTheOther()).toBe(false)
  for (const part of [0.9, 0.97]) {
    await run(stack.adminUrl, OLDER)
    await restoring(() => sleep(took * part))
    await isOneOrTheOther()
  }
  await restoring(never)
  expect(await isOneOrTheOther()).toBe(false)
  expect(await databasesBeside(stack.adminUrl)).toEqual([])
})

test('what a killed restore left is gone at the next start, a slot on a replaced database too', { tags: [SOAK], timeout: 60_000 }, async () => {
  const dataDir = temporaryFolder()
  try {
    const first = await startStack({ dataDir })
    await schema.make(first.ownerUrl, FIRST, [])
    await first.sql(`INSERT INTO kept.log VALUES ('here')`)
    await first.stop()
    await withServer({ dataDir }, async ({ server, credentials }) => {
      // As it is right after the swap: the slot, and the roles of published tables, are on the replaced database.
      const url = `postgresql://postgres:${credentials.superuser}@127.0.0.1:${server.port}`
      await run(`${url}/postgres`, 'CREATE DATABASE mvdb_beside TEMPLATE electric; ALTER DATABASE electric RENAME TO mvdb_beside_replaced').catch(async () => {
        await run(`${url}/postgres`, 'CREATE DATABASE mvdb_beside TEMPLATE electric')
        await run(`${url}/postgres`, 'ALTER DATABASE electric RENAME TO mvdb_beside_replaced')
      })
      await run(`${url}/postgres`, 'ALTER DATABASE mvdb_beside RENAME TO electric')
    })
    const second = await startStack({ dataDir })
    try {
      expect(await databasesBeside(second.adminUrl)).toEqual([])
      expect((await second.sql('SELECT * FROM kept.log')).rows).toEqual([{ what: 'here' }])
    }
    finally {
      await second.stop()
    }
  }
  finally {
    removeFolder(dataDir)
  }
})

test('a backup that is killed leaves what was there under its name whole', async () => {
  const target = path.join(files, 'target.backup')
  await withServer({ dataDir: stack.dataDir }, access => restore(access, { schema, file: file(), present: 'discard' }))
  await withServer({ dataDir: stack.dataDir }, access => backUp(access, { schema, file: target }))
  const before = readFileSync(target)
  const parts = () => readdirSync(files).filter(name => name.startsWith('target.backup.'))
  const { killed } = await runUntil(['backup', stack.dataDir, target], async (ended) => {
    while (!ended() && !parts().length) await sleep(1)
  })
  expect(killed).toBe(true)
  expect(parts()).toHaveLength(1)
  expect(readFileSync(target).equals(before)).toBe(true)
  expect(existsSync(target)).toBe(true)
  await withServer({ dataDir: stack.dataDir }, access => backUp(access, { schema, file: target }))
  expect(parts()).toEqual([])
  await verifyBackup(target)
})
