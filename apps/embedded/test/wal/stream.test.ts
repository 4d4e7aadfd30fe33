import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TransactionPart } from '../../wal/changes.ts'
import { OWN_NAMES } from '../../postgres/names.ts'
import { prepareReplication, publishTable } from '../../wal/publication.ts'
import { WalStream } from '../../wal/stream.ts'
import { type TestDatabase, startDatabase } from '../predicate/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

test('transactions that have ended are handed over before a part of one that has not: its abort must not take them along', async () => {
  const { admin } = database
  await admin.query('CREATE TABLE public.things (id int PRIMARY KEY)')
  const client = await admin.connect()
  const { confirmed } = await prepareReplication(client, OWN_NAMES, () => {})
  const { rows: [table] } = await client.query<{ oid: number }>(`SELECT 'public.things'::regclass::oid::int AS oid`)
  await publishTable(client, OWN_NAMES, { oid: table?.oid ?? 0, schema: 'public', quoted: 'public.things' })
  client.release()
  // All are in the log before anyone reads it, so that they come in one burst. A TRUNCATE hands over what there is.
  for (let id = 0; id < 50; id++) await admin.query('INSERT INTO public.things VALUES ($1)', [id])
  await admin.query('BEGIN; INSERT INTO public.things VALUES (50); TRUNCATE public.things; INSERT INTO public.things VALUES (51); COMMIT')

  const calls: TransactionPart[][] = []
  const stream = new WalStream({
    dispatch: async (parts) => {
      calls.push(parts.map(part => ({ ...part, changes: [...part.changes] })))
    },
    tableReset: async () => {},
  }, OWN_NAMES)
  const ended = stream.run(String(admin.options.connectionString), confirmed, () => {})
  await expect.poll(() => calls.flat().reduce((sum, part) => sum + part.changes.length, 0), { timeout: 10_000 }).toBe(52)
  await stream.stop()
  await ended

  const unfinished = calls.filter(parts => parts.some(part => !part.ends))
  expect(new Set(unfinished.map(parts => parts.length))).toEqual(new Set([1]))
})
