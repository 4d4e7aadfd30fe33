// What was backed up is what comes back, or nothing does.
import { copyFileSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { backUp } from '../../backup/backup.ts'
import { restore, type RestoreOptions } from '../../backup/restore.ts'
import { withServer } from '../../backup/server.ts'
import { ask, readToEnd, removeFolder, startStack, temporaryFolder, type TestStack } from '../stack.ts'
import { ROWS, SECOND, FIRST, contentOf, databasesBeside, run, testSchema } from './schema.ts'

let stack: TestStack
let files: string
const schema = testSchema()

beforeAll(async () => {
  files = temporaryFolder()
  stack = await startStack()
  await schema.make(stack.ownerUrl, FIRST, [])
  await run(stack.ownerUrl, ROWS)
})
afterAll(async () => {
  await stack.remove()
  removeFolder(files)
})

const backUpTo = (file: string) => withServer({ dataDir: stack.dataDir }, access => backUp(access, { schema, file }))
const restoreFrom = (file: string, options: Partial<RestoreOptions> = {}) =>
  withServer({ dataDir: stack.dataDir }, access => restore(access, { schema, file, present: 'discard', ...options }))

describe('restore', () => {
  let file: string
  let backedUp: Awaited<ReturnType<typeof contentOf>>
  beforeAll(async () => {
    file = path.join(files, 'whole.backup')
    backedUp = await contentOf(stack.adminUrl)
    expect(await backUpTo(file)).toEqual({ tables: 5, leftOut: [] })
  })

  test('gives every table as it was, value by value, fires no trigger, and goes on with the numbers', async () => {
    expect(Object.values(backedUp).flat().length).toBeGreaterThan(2_600)
    await run(stack.adminUrl, `DELETE FROM kept.log; UPDATE every_type SET t = 'later'; DELETE FROM kept.children; INSERT INTO every_type (t) VALUES ('later'); INSERT INTO "An Empty.Table" VALUES (1)`)
    await restoreFrom(file)
    expect(await contentOf(stack.adminUrl)).toEqual(backedUp)
    expect(await databasesBeside(stack.adminUrl)).toEqual([])
    // What fires is there again; the next number is the one after the last.
    await expect(run(stack.ownerUrl, `INSERT INTO every_type (t) VALUES ('refused')`)).rejects.toThrow('no more rows')
    await run(stack.adminUrl, 'DELETE FROM kept.log')
    // A refused insert has used one up.
    const { rows } = await stack.sql(`INSERT INTO every_type (t) VALUES ('next') RETURNING id, made`).catch(() => stack.sql(`INSERT INTO every_type (t) VALUES ('next') RETURNING id, made`))
    expect(rows).toEqual([{ id: '3007', made: 'next!' }])
  })

  test('browsers are told to fetch anew, those that wait too, and go on with what is there now', async () => {
    await restoreFrom(file)
    const shape = { table: 'kept.log' }
    const before = await readToEnd(stack, shape)
    expect(before.messages[0]?.value).toEqual({ what: 'closed' })
    await run(stack.ownerUrl, `INSERT INTO kept.log VALUES ('after the backup')`)
    const live = await ask(stack, { ...shape, handle: before.handle, offset: before.offset, live: 'true' })
    const waiting = ask(stack, { ...shape, handle: live.handle, offset: live.offset, live: 'true' })
    await restoreFrom(file)
    const ended = await waiting
    expect(ended.status === 409 || ended.messages.every(message => message.headers.operation === undefined)).toBe(true)
    const again = await ask(stack, { ...shape, handle: live.handle, offset: live.offset })
    expect(again.status).toBe(409)
    expect(again.messages).toEqual([{ headers: { control: 'must-refetch' } }])
    expect(again.handle).not.toBe(before.handle)
    const anew = await readToEnd(stack, shape)
    expect(anew.handle).toBe(again.handle)
    expect(anew.messages.flatMap(message => message.value ? [message.value] : [])).toEqual([{ what: 'closed' }])
    await run(stack.ownerUrl, `INSERT INTO kept.log VALUES ('another history')`)
    const next = await ask(stack, { ...shape, handle: anew.handle, offset: anew.offset, live: 'true' })
    expect(next.messages[0]?.value).toEqual({ what: 'another history' })
  })

  test('a backup of an older version comes back in the newest schema', async () => {
    await restoreFrom(file, { schema: testSchema(SECOND) })
    const { 'kept.children': children = [], 'kept.applied': applied, ...others } = await contentOf(stack.adminUrl)
    expect(applied).toEqual([`(${FIRST.when})`, `(${SECOND.when})`])
    expect(children).toEqual(backedUp['kept.children']?.map(line => line.replace(/\)$/, ',since)')))
    const { 'kept.children': _, 'kept.applied': __, ...same } = backedUp
    expect(others).toEqual(same)
    await restoreFrom(file)
  })

  test('rows that are there refuse it, or are backed up first', async () => {
    await run(stack.adminUrl, `DELETE FROM kept.log`)
    const there = await contentOf(stack.adminUrl)
    await expect(restoreFrom(file, { present: 'refuse' })).rejects.toThrow(/^The database is not empty: say --replace .* Nothing was changed\.$/)
    expect(await contentOf(stack.adminUrl)).toEqual(there)
    const rescued = path.join(files, 'rescued.backup')
    await restoreFrom(file, { present: { backUpTo: rescued } })
    await restoreFrom(rescued)
    expect(await contentOf(stack.adminUrl)).toEqual(there)
  })

  test('also into a folder that holds nothing yet, and the stack starts on it', async () => {
    const dataDir = temporaryFolder()
    try {
      await withServer({ dataDir, makeWith: 'password' }, access => restore(access, { schema, file, present: 'refuse' }))
      const other = await startStack({ dataDir })
      try {
        expect(await contentOf(other.adminUrl)).toEqual(backedUp)
      }
      finally {
        await other.stop()
      }
    }
    finally {
      removeFolder(dataDir)
    }
  })

  describe('refuses, in one sentence and before anything is changed,', () => {
    const whole = () => readFileSync(file)
    const altered = (change: (text: string) => string) => gzipSync(Buffer.from(change(gunzipSync(whole()).toString('latin1')), 'latin1'))
    const flipped = (at: number) => {
      const bytes = whole()
      bytes[at] = (bytes[at] ?? 0) ^ 0x10
      return bytes
    }
    let there: Awaited<ReturnType<typeof contentOf>>
    beforeAll(async () => {
      await restoreFrom(file)
      await run(stack.adminUrl, `INSERT INTO kept.log VALUES ('what is there')`)
      there = await contentOf(stack.adminUrl)
    })

    test.each([
      ['a file that is cut at its end', () => whole().subarray(0, -1), /is cut off/],
      ['a file that is cut in the middle', () => whole().subarray(0, whole().length >> 1), /is cut off/],
      ['a file that is cut after its first bytes', () => whole().subarray(0, 15), /is cut off|is not a backup/],
      ['content that is cut and packed again', () => altered(text => text.slice(0, text.lastIndexOf('{"tables"'))), /is cut off/],
      ['a byte that fell over in the middle', () => flipped(whole().length >> 1), /is not as it was written|is cut off/],
      ['a byte that fell over at the end', () => flipped(whole().length - 6), /is not as it was written/],
      ['bytes behind the end', () => Buffer.concat([whole(), Buffer.from('more')]), /is not as it was written/],
      ['two backups in one file', () => Buffer.concat([whole(), whole()]), /is not as it was written/],
      ['a value that was changed', () => altered(text => text.replace('row 1000', 'row 1001')), /is not as it was written/],
      ['a row that was taken out', () => altered(text => text.replace(/\n\d+\trow 1000\t[^\n]*/, '')), /is not as it was written/],
      ['a number that was turned back', () => altered(text => text.replace('"value":"3005"', '"value":"5"')), /is not as it was written/],
      ['text', () => Buffer.from('COPY users FROM stdin;\n'.repeat(100)), /is not a backup of this project/],
      ['something else that is packed', () => gzipSync('{"backup":"of something else"}\n'.repeat(100)), /is not a backup of this project/],
      ['something else without lines', () => gzipSync(Buffer.alloc(40_000_000)), /is not a backup of this project/],
      ['an empty file', () => Buffer.alloc(0), /is not a backup of this project/],
      ['a format of later', () => altered(text => text.replace('"format":1', '"format":2')), /was made by a newer version of this project \(its format is 2\): update the project first/],
      ['a migration of later', () => altered(text => text.replace(`"when":${FIRST.when}`, `"when":${SECOND.when}`)), /was made by a newer version of this project \(its migration is 0000_first, the newest here is 0000_first\)/],
    ])('%s', async (_name, content, sentence) => {
      const broken = path.join(files, 'broken.backup')
      writeFileSync(broken, content())
      const error: unknown = await restoreFrom(broken).then(() => undefined, (thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: 'StackError', message: expect.stringMatching(sentence) as string })
      expect((error as Error).message).toMatch(/Nothing was changed\.$/)
      expect(await databasesBeside(stack.adminUrl)).toEqual([])
    })
    test('and what was there is there', async () => {
      await expect(restoreFrom(path.join(files, 'no.backup'))).rejects.toThrow(/^There is no file /)
      await expect(restoreFrom(files)).rejects.toThrow(/ is not a file/)
      expect(await contentOf(stack.adminUrl)).toEqual(there)
    })
  })
})

describe('backup', () => {
  beforeEach(async () => {
    await run(stack.adminUrl, 'DELETE FROM kept.log')
  })

  test('is of one moment while others write', { timeout: 60_000 }, async () => {
    await run(stack.adminUrl, `TRUNCATE "An Empty.Table"; INSERT INTO kept.log VALUES ('1')`)
    let writing = true
    // One of the two tables is copied first: whatever is moved between them meanwhile is in exactly one.
    const writer = (async () => {
      let moves = 0
      while (writing) {
        moves++
        await stack.sql(`WITH gone AS (DELETE FROM kept.log WHERE what = '1' RETURNING 1) INSERT INTO "An Empty.Table" SELECT 1 FROM gone`)
        await stack.sql(`WITH gone AS (DELETE FROM "An Empty.Table" RETURNING 1) INSERT INTO kept.log SELECT '1' FROM gone`)
      }
      return moves
    })()
    const counts: number[] = []
    const moves = await (async () => {
      try {
        for (let round = 0; round < 3; round++) {
          const file = path.join(files, 'moment.backup')
          await backUpTo(file)
          const text = gunzipSync(readFileSync(file)).toString('latin1')
          const { tables } = JSON.parse(text.slice(text.lastIndexOf('{"tables"'), text.lastIndexOf('{"end"'))) as { tables: { rows: number }[] }
          const { tables: named } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { tables: { name: string }[] }
          counts.push(...['An Empty.Table', 'log'].map(name => tables[named.findIndex(table => table.name === name)]?.rows ?? -1))
        }
      }
      finally {
        writing = false
      }
      return await writer
    })()
    expect(moves).toBeGreaterThan(10)
    for (let round = 0; round < 3; round++) expect((counts[round * 2] ?? 0) + (counts[round * 2 + 1] ?? 0)).toBe(1)
  })

  test('is readable by its owner only, replaces a file whole, and leaves nothing beside it', async () => {
    const folder = temporaryFolder()
    try {
      const file = path.join(folder, 'new/folder/my.backup')
      await backUpTo(file)
      await backUpTo(file)
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(readdirSync(path.dirname(file))).toEqual(['my.backup'])
      // A killed one of this name.
      copyFileSync(file, `${file}.999999999.part`)
      truncateSync(`${file}.999999999.part`, 100)
      await backUpTo(file)
      expect(readdirSync(path.dirname(file))).toEqual(['my.backup'])
    }
    finally {
      removeFolder(folder)
    }
  })

  test('that cannot be written says so, and leaves what was there', async () => {
    const file = path.join(files, 'kept.backup')
    await backUpTo(file)
    const before = readFileSync(file)
    await expect(backUpTo(path.join(file, 'below-a-file.backup'))).rejects.toMatchObject({ code: 'backup_not_written', message: expect.stringContaining('could not be written') as string })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test('names what a restore could not make, and refuses a table that was altered by hand', async () => {
    const file = path.join(files, 'strange.backup')
    await run(stack.adminUrl, `CREATE TABLE own_notes (id serial); CREATE SCHEMA reports; CREATE TABLE reports.monthly (id int)`)
    expect((await backUpTo(file)).leftOut).toEqual(['the table public.own_notes', 'the sequence public.own_notes_id_seq', 'the schema reports'])
    await expect(restoreFrom(file, { present: { backUpTo: path.join(files, 'rescue.backup') } })).rejects.toThrow(/^The database also holds the table public\.own_notes, the sequence public\.own_notes_id_seq, the schema reports, which no backup of this project keeps/)
    // What it holds of others would not be made by any migration.
    await restoreFrom(file, { present: 'discard' })
    await run(stack.adminUrl, 'ALTER TABLE kept.children ALTER "odd ""Name" TYPE varchar(5000)')
    await expect(backUpTo(file)).rejects.toThrow(/^The table kept\.children is not as the migrations make it/)
    await run(stack.adminUrl, 'ALTER TABLE kept.children ALTER "odd ""Name" TYPE text')
    await backUpTo(file)
  })

  test('of a folder without data, or that the app was never started on, is refused', async () => {
    const folder = temporaryFolder()
    try {
      await expect(withServer({ dataDir: folder }, access => backUp(access, { schema, file: path.join(files, 'none') }))).rejects.toThrow(/^There are no data in /)
      expect(readdirSync(folder)).toEqual([])
    }
    finally {
      removeFolder(folder)
    }
  })
})
