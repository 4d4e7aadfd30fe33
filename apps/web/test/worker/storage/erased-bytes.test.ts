import { PGlite } from '@electric-sql/pglite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTables } from '../../../worker/database/tables'
import { ErasedBytes, ERASED_TABLE } from '../../../worker/storage/erased-bytes'
import { Overlay } from '../../../worker/writes/overlay'
import { COMPANY, edit, lay } from '../writes/rows'

let pg: PGlite
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  pg = await PGlite.create()
  await createTables(pg)
})
afterEach(async () => {
  vi.useRealTimers()
  await pg.close()
})

async function lead(): Promise<string> {
  const id = crypto.randomUUID()
  await pg.query(`INSERT INTO leads (id, company_id, name, email, message, source, status, score, notes, tags, created_at, updated_at, row_version)
    VALUES ($1, $2, 'Grace', 'grace@example.com', 'Please call me.', 'form', 'new', 0, '', '{}', now(), now(), 1)`, [id, COMPANY])
  return id
}
const erase = (id: string) => pg.query('DELETE FROM leads WHERE id = $1', [id])
const since = (interval: string) => pg.query(`UPDATE ${ERASED_TABLE} SET since = now() - $1::interval`, [interval])

interface Watched { bytes: ErasedBytes, rewrites: () => number, failures: unknown[] }
function watch({ idle = 60_000, fails = 0 } = {}): Watched {
  let rewrites = 0
  const failures: unknown[] = []
  const bytes = new ErasedBytes({
    pg, idleFor: () => idle, onFailed: error => failures.push(error), forget: () => Promise.resolve(),
    async rewrite() {
      if (++rewrites <= fails) throw new Error('no room')
      await pg.query(`DELETE FROM ${ERASED_TABLE}`)
    },
  })
  bytes.start()
  return { bytes, rewrites: () => rewrites, failures }
}
/** Lets so much time pass, and what is asked of the database meanwhile be answered. */
async function pass(ms: number, turns = Math.ceil(ms / 30_000)): Promise<void> {
  for (let n = 0; n < turns; n++) {
    vi.advanceTimersByTime(ms / turns)
    await pg.query('SELECT 1')
    await new Promise(resolve => setImmediate(resolve))
    await pg.query('SELECT 1')
    await new Promise(resolve => setImmediate(resolve))
  }
}

test('bytes of an erased lead are due with its deletion, and with nothing else', async () => {
  const { bytes } = watch()
  const id = await lead()
  await pg.query('UPDATE leads SET status = $2 WHERE id = $1', [id, 'won'])
  await erase(crypto.randomUUID())
  expect(await bytes.age()).toBeUndefined()
  await pg.transaction(async (tx) => {
    await tx.query('DELETE FROM leads WHERE id = $1', [id])
    await tx.rollback()
  })
  expect(await bytes.age(), 'a deletion that was not').toBeUndefined()
  await erase(id)
  expect(await bytes.age()).toBeGreaterThanOrEqual(0)
  await bytes.stop()
})

test('an edit that is laid over a lead and taken off again erases nothing; a lead that goes with an edit over it is erased', async () => {
  const { bytes } = watch()
  const overlay = await Overlay.open(pg, crypto.randomUUID())
  const id = await lead()
  const sync = (write: string) => pg.transaction(tx => overlay.around(tx, 'public.leads', { ids: [id] }, async () => { await tx.query(write, [id]) }))
  await lay(overlay, edit('lead.set-status', { id, status: 'won' }))
  expect((await pg.query('SELECT status FROM leads')).rows).toEqual([{ status: 'won' }])
  await sync('UPDATE leads SET notes = \'x\' WHERE id = $1')
  await lay(overlay, edit('lead.erase', { id }))
  await sync('UPDATE leads SET notes = \'y\' WHERE id = $1')
  expect((await pg.query('SELECT FROM leads')).rows).toEqual([])
  expect(await bytes.age()).toBeUndefined()
  await sync('DELETE FROM leads WHERE id = $1')
  expect(await bytes.age()).toBeGreaterThanOrEqual(0)
  await bytes.stop()
})

test('they go when nobody works on the database, and once', async () => {
  const { bytes, rewrites } = watch()
  await pass(60_000)
  expect(rewrites()).toBe(0)
  await erase(await lead())
  await pass(90_000)
  expect(rewrites()).toBe(1)
  await bytes.stop()
})

test('a busy database is left alone, but not for longer than a day', async () => {
  const { bytes, rewrites } = watch({ idle: 0 })
  await erase(await lead())
  await pass(90_000)
  expect(rewrites()).toBe(0)
  await since('23 hours 1 minute')
  await pass(30_000)
  expect(rewrites()).toBe(1)
  await bytes.stop()
})

test('where they cannot go it is tried again, not at once; and after a day the whole copy goes', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const { bytes, rewrites, failures } = watch({ fails: 9 })
  await erase(await lead())
  await pass(300_000)
  expect(rewrites()).toBe(1)
  await pass(660_000)
  expect(rewrites()).toBe(2)
  expect(failures).toEqual([])
  await since('23 hours 1 minute')
  // A device that wakes up after a weekend is busy at first.
  await pass(1_290_000)
  expect([rewrites(), failures.length]).toEqual([4, 0])
  await pass(660_000)
  expect(rewrites()).toBe(5)
  expect(failures).toMatchObject([{ message: 'no room' }])
  vi.restoreAllMocks()
  await bytes.stop()
})
