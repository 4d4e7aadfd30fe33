import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TransactionPart } from '../../wal/changes.ts'
import { prepareReplication, publishTable } from '../../wal/publication.ts'
import { WalStream } from '../../wal/stream.ts'
import { type TestDatabase, startDatabase } from '../predicate/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

test('a small transaction in front of a large one is handed over by itself: the abort of the large one must not take it along', async () => {
  const { admin } = database
  await admin.query('CREATE TABLE public.things (id int PRIMARY KEY)')
  const client = await admin.connect()
  const { confirmed } = await prepareReplication(client)
  const { rows: [table] } = await client.query<{ oid: number }>(`SELECT 'public.things'::regclass::oid::int AS oid`)
  await publishTable(client, { oid: table?.oid ?? 0, schema: 'public', quoted: 'public.things' })
  client.release()
  // Both are in the log before anyone reads it, so that they come in one burst; the second is larger than one batch.
  await admin.query('INSERT INTO public.things VALUES (0)')
  await admin.query('INSERT INTO public.things SELECT generate_series(1, 5000)')

  const calls: TransactionPart[][] = []
  const stream = new WalStream({
    dispatch: async (parts) => {
      calls.push(parts.map(part => ({ ...part, changes: [...part.changes] })))
    },
    tableReset: async () => {},
  })
  const { host, port, user, password, database: name } = admin.options
  const url = admin.options.connectionString ?? `postgres://${user}:${String(password)}@${host}:${port}/${name}`
  const ended = stream.run(url, confirmed, () => {})
  await expect.poll(() => calls.flat().reduce((sum, part) => sum + part.changes.length, 0), { timeout: 10_000 }).toBe(5001)
  await stream.stop()
  await ended

  const sizes = calls.map(parts => parts.map(part => [part.changes.length, part.ends]))
  expect(sizes.some(parts => parts.some(([, ends]) => !ends))).toBe(true)
  for (const parts of sizes) if (parts.some(([, ends]) => !ends)) expect(parts).toHaveLength(1)
})
