import type { PGlite } from '@electric-sql/pglite'
import { afterEach, expect, test, vi } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { newPGlite } from '../support/new-pglite'
import { createShapeEngine } from '../../worker/apply/engine'
import { Compaction } from '../../worker/database/compaction'
import { copyDatabase } from '../../worker/database/copy'
import type { Generation } from '../../worker/database/generations'
import { SwappableDatabase } from '../../worker/database/swappable'
import { createTables } from '../../worker/database/tables'
import { takeOver } from '../../worker/database/take-over'

const open: PGlite[] = []
afterEach(async () => {
  for (const pg of open.splice(0)) if (!pg.closed) await pg.close()
})
async function database(): Promise<PGlite> {
  const pg = await newPGlite()
  open.push(pg)
  await createTables(pg)
  await createShapeEngine(pg)
  return pg
}
const COMPANY = '00000000-0000-7000-8000-c00000000001'
const insert = (from: number, count: number) => `INSERT INTO folders (id, company_id, workspace_id, parent_id, name, description, position, created_at, updated_at, row_version)
  SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '${COMPANY}', '${COMPANY}', NULL, 'folder ' || n, E'a\\tb\\n\\\\N', 'a' || n, now(), now(), n FROM generate_series(${from}, ${from + count - 1}) n`
const content = async (pg: PGlite) => (await pg.query<{ all: string }>(`SELECT md5(string_agg(f::text, '|' ORDER BY id)) AS all FROM folders f`)).rows[0]?.all
const rows = async (pg: Pick<PGlite, 'query'>) => (await pg.query<{ n: number }>('SELECT count(*)::int AS n FROM folders')).rows[0]?.n

test('a copy has every row, cursor and place of a counter, over many slices, and what is staged for a refetch begins anew', async () => {
  const [from, to] = [await database(), await database()]
  await from.exec(insert(1, 60_000))
  await from.exec('DELETE FROM folders WHERE row_version % 3 = 0')
  await from.exec(`INSERT INTO electric.shape_cursors (key, target, position, by_copy, rows, complete, handle, staging_handle, staging_position, staging_rows)
    VALUES ('gone', 't', '-1', true, 0, false, NULL, NULL, NULL, NULL), ('company-1', 't', '7_3', false, 5, true, 'h', 'other', '0_1', 3); DELETE FROM electric.shape_cursors WHERE key = 'gone';
    CREATE TABLE electric.staging_2 (id int)`)
  expect(await copyDatabase(from, to)).toEqual([])
  expect(await content(to)).toBe(await content(from))
  expect((await to.query('SELECT id, key, position, handle, staging_handle, staging_position FROM electric.shape_cursors')).rows)
    .toEqual([{ id: 2, key: 'company-1', position: '7_3', handle: 'h', staging_handle: null, staging_position: null }])
  // The next cursor must not get the number, and with it the staging table, of another.
  expect((await to.query('INSERT INTO electric.shape_cursors (key, target, position, by_copy, rows, complete) VALUES (\'next\', \'t\', \'-1\', true, 0, false) RETURNING id')).rows).toEqual([{ id: 3 }])
  // What is written from here on is noted for search again: the copy itself was not.
  expect((await to.query('SELECT count(*)::int AS n FROM search_changes')).rows).toEqual((await from.query('SELECT count(*)::int AS n FROM search_changes')).rows)
  await to.exec('UPDATE folders SET name = \'new\' WHERE row_version = 1')
  expect((await to.query('SELECT EXISTS (SELECT FROM search_changes) AS noted')).rows).toEqual([{ noted: true }])
})

test('a copy waits for one flush, however many tables there are', { tags: [SOAK] }, async () => {
  const [from, to] = [await database(), await database()]
  await from.exec(insert(1, 10))
  const flush = vi.spyOn(to, 'syncToFs')
  await copyDatabase(from, to)
  expect(flush).toHaveBeenCalledTimes(1)
})

/** The record of generations, without a browser; `written` is what a kill would leave. */
class Notes {
  written: Generation = { number: 0, purging: [] }
  readonly deleted: number[] = []
  async current() { return this.written }
  async purgeBegins(shapes: readonly string[]) { this.written = { ...this.written, purging: [...this.written.purging, ...shapes] } }
  async purged(shapes: readonly string[]) { this.written = { ...this.written, purging: this.written.purging.filter(key => !shapes.includes(key)) } }
  async commit(number: number, shapes: readonly string[]) { this.written = { number, purging: this.written.purging.filter(key => !shapes.includes(key)) } }
  async deleteOthers(keep: number) { this.deleted.push(keep) }
}

async function bench(more: Partial<ConstructorParameters<typeof Compaction>[0]> = {}) {
  const live = new SwappableDatabase(await database())
  const generations = new Notes()
  const events: string[] = []
  const nexts: PGlite[] = []
  const compaction = new Compaction({
    live, generations, settleMs: 10,
    async openNext() {
      const pg = await database()
      nexts.push(pg)
      return { pg, settle: async () => pg }
    },
    forgetCopies: async () => { events.push('copies forgotten') },
    onFailed: error => events.push(`failed: ${String(error)}`),
    ...more,
  })
  return { live, generations, events, nexts, compaction, first: live.current }
}
const settled = async (holds: () => boolean) => {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5))
}

test('what is written and read while the bytes are taken off the disk is neither lost nor seen half', async () => {
  const nexts: PGlite[] = []
  let copy = () => {}
  const begun = new Promise<void>(resolve => copy = resolve)
  const { live, generations, compaction, first } = await bench({ settleMs: 1_000_000, async openNext() {
    const pg = await database()
    nexts.push(pg)
    await begun
    return { pg, settle: async () => pg }
  } })
  await live.pg.exec(insert(1, 4_000))
  await compaction.begins(['one'])
  await live.pg.exec('DELETE FROM folders WHERE row_version > 2000')
  await compaction.rowsGone(['one'], true)
  let written = 2_000
  let over = false
  const shrunk: string[] = []
  const run = compaction.run().then(() => over = true)
  while (!over) {
    await live.pg.transaction(tx => tx.exec(insert(30_000 + written, 1)))
    written++
    const found = await rows(live.reader)
    if (found === undefined || found < written) shrunk.push(`${found} of ${written}`)
    // A database in memory answers without ever giving the opening of the next one its turn. From there on each statement
    // of the copy has one of ours beside it.
    if (nexts.length === 0) await new Promise(resolve => setImmediate(resolve))
    else copy()
  }
  await run
  expect(shrunk).toEqual([])
  expect(await rows(live.pg)).toBe(written)
  expect([live.current === nexts[0], first.closed]).toEqual([true, true])
  expect(generations.written).toEqual({ number: 1, purging: [] })
  expect(generations.deleted).toEqual([1])
})

test('a purge is noted and the copies beside the database are gone before a row goes', async () => {
  const { generations, compaction, events } = await bench()
  await compaction.begins(['one', 'two'])
  expect(generations.written.purging).toEqual(['one', 'two'])
  expect(events).toEqual(['copies forgotten'])
  await compaction.rowsGone(['one', 'two'], false)
  // Never anything of them here: no copy for that.
  expect(generations.written.purging).toEqual([])
  await compaction.run()
  expect(generations.written.number).toBe(0)
})

test('several purges that come together are one copy, and one that comes during it is done by another', async () => {
  const gate = { open: () => {} }
  const opened = new Promise<void>(resolve => gate.open = resolve)
  const nexts: number[] = []
  const { generations, compaction } = await bench({ async openNext(number) {
    nexts.push(number)
    if (nexts.length === 1) await opened
    const pg = await database()
    return { pg, settle: async () => pg }
  } })
  for (const key of ['one', 'two']) {
    await compaction.begins([key])
    await compaction.rowsGone([key], true)
  }
  await settled(() => nexts.length === 1)
  await compaction.begins(['three'])
  // Its rows are still here when the first copy is made: the note must outlive that.
  gate.open()
  await settled(() => generations.deleted.length === 1)
  expect(generations.written).toEqual({ number: 1, purging: ['three'] })
  await compaction.rowsGone(['three'], true)
  await settled(() => generations.deleted.length === 2)
  expect([nexts, generations.written]).toEqual([[1, 2], { number: 2, purging: [] }])
})

test.each([
  ['finds no room', { openNext: () => Promise.reject(new Error('QuotaExceededError')) }],
  ['never comes to an end', { openNext: () => new Promise<never>(() => {}), limitMs: 50 }],
])('a copy that %s is given up, says so, keeps the note and leaves the old database answering until it is deleted', async (_, more) => {
  const { live, generations, compaction, events } = await bench(more)
  await live.pg.exec(insert(1, 10))
  await compaction.begins(['one'])
  await compaction.rowsGone(['one'], true)
  await settled(() => events.some(event => event.startsWith('failed')))
  expect(generations.written).toEqual({ number: 0, purging: ['one'] })
  expect(generations.deleted).toEqual([])
  expect(await rows(live.reader)).toBe(10)
  expect(await rows(live.pg)).toBe(10)
})

test('a copy that the end of the leader cuts off is no failure, keeps the note, and lets everything go on', async () => {
  const copied: PGlite[] = []
  const ends: Promise<void>[] = []
  const { live, generations, compaction, events } = await bench({ async openNext() {
    const pg = await database()
    copied.push(pg)
    return { pg, async settle() {
      ends.push(compaction.stop())
      return pg
    } }
  } })
  await live.pg.exec(insert(1, 10))
  await compaction.begins(['one'])
  await compaction.rowsGone(['one'], true)
  await settled(() => ends.length === 1)
  await Promise.all(ends)
  expect(events.filter(event => event.startsWith('failed'))).toEqual([])
  expect(generations.written).toEqual({ number: 0, purging: ['one'] })
  expect(await rows(live.pg)).toBe(10)
  expect(copied.map(({ closed }) => closed)).toEqual([true])
})

test('another schema version takes over what has the same form, with its cursors, and nothing of what has not', async () => {
  const [from, to] = [await database(), await database()]
  await from.exec(insert(1, 30))
  await from.exec(`ALTER TABLE leads ADD COLUMN note text;
    INSERT INTO leads (id, company_id, name, email, message, source, status, score, notes, tags, created_at, updated_at, row_version)
      SELECT id, company_id, name, '', description, '', '', 1, '', '{}', created_at, updated_at, row_version FROM folders;
    INSERT INTO electric.shape_cursors (key, target, position, by_copy, rows, complete, handle) SELECT t, '"public"."' || t || '"', '7_3', false, 30, true, 'h' FROM unnest('{folders,leads}'::text[]) t`)
  await takeOver(from, to, AbortSignal.timeout(10_000))
  expect(await content(to)).toBe(await content(from))
  expect((await to.query('SELECT key FROM electric.shape_cursors')).rows).toEqual([{ key: 'folders' }])
  expect((await to.query('SELECT count(*)::int AS n FROM leads')).rows).toEqual([{ n: 0 }])
  // What speaks of rows begins anew, and hears of the next change.
  await to.exec('UPDATE folders SET name = \'new\' WHERE row_version = 1')
  expect((await to.query('SELECT count(*)::int AS n FROM search_changes')).rows).toEqual([{ n: 1 }])
})
