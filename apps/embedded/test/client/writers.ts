// Writers that make every kind of change to one table, at the same time, through connections that may break.
import pg from 'pg'
import type { Random } from './random.ts'

export const TABLE = 'soak_items'

export const SCHEMA = `CREATE TABLE ${TABLE} (
  id text PRIMARY KEY, company int NOT NULL, n int, body text, flag boolean, doc jsonb, tags text[], deleted_at timestamptz)`

const KEYS = 400
/** What has been quoted, doubled or split wrongly somewhere before. */
const ODD = ['', '/', '//', '"', '\'', '\\', ' ', 'ü', '\n', '{}', 'null', '😀']
const COMPANIES = 4

export interface WriterReport { committed: number, refused: number, reconnected: number }

/** Writes until the signal. What Postgres refuses (duplicate keys, deadlocks) and broken connections are part of it. */
export async function write(url: () => string, random: Random, truncates: boolean, signal: AbortSignal): Promise<WriterReport> {
  const report: WriterReport = { committed: 0, refused: 0, reconnected: 0 }
  let client: pg.Client | undefined
  while (!signal.aborted) {
    try {
      client ??= await connect(url())
      await transaction(client, random, truncates)
      report.committed++
    }
    catch (error) {
      if (error instanceof pg.DatabaseError && !/^(?:57|08)/.test(error.code ?? '')) {
        report.refused++
        await client?.query('ROLLBACK').catch(() => {})
        continue
      }
      report.reconnected++
      await client?.end().catch(() => {})
      client = undefined
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  await client?.end().catch(() => {})
  return report
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  return client
}

async function transaction(client: pg.Client, random: Random, truncates: boolean): Promise<void> {
  if (truncates && random.oneIn(1_500)) {
    await client.query(`TRUNCATE ${TABLE}`)
    return
  }
  if (random.oneIn(40)) {
    await bulk(client, random)
    return
  }
  if (random.oneIn(3)) {
    await change(client, random)
    return
  }
  await client.query('BEGIN')
  for (let count = 1 + random.below(6); count > 0; count--) {
    const undone = random.oneIn(5)
    if (undone) await client.query('SAVEPOINT s')
    await change(client, random)
    if (undone) await client.query('ROLLBACK TO SAVEPOINT s')
  }
  await client.query(random.oneIn(10) ? 'ROLLBACK' : 'COMMIT')
}

async function change(client: pg.Client, random: Random): Promise<void> {
  const id = key(random)
  switch (random.below(10)) {
    case 0: case 1: case 2:
      await client.query(`INSERT INTO ${TABLE} VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET n = excluded.n, body = excluded.body`, [
        id, random.below(COMPANIES), random.oneIn(6) ? null : random.below(100), text(random), random.pick([true, false, null]),
        random.oneIn(4) ? null : JSON.stringify({ k: random.below(9), t: random.pick(ODD) }), random.oneIn(3) ? null : [random.pick(ODD), random.pick(ODD)],
        random.oneIn(4) ? '2026-01-02 03:04:05.678901+02' : null,
      ])
      return
    case 3: case 4:
      // The large value is not part of the change: the log leaves it out unless the whole old row is sent.
      await client.query(`UPDATE ${TABLE} SET n = $2, flag = NOT flag WHERE id = $1`, [id, random.below(100)])
      return
    case 5:
      await client.query(`UPDATE ${TABLE} SET company = $2 WHERE id = $1`, [id, random.below(COMPANIES)])
      return
    case 6:
      await client.query(`UPDATE ${TABLE} SET deleted_at = CASE WHEN deleted_at IS NULL THEN '2026-05-05'::timestamptz END WHERE id = $1`, [id])
      return
    case 7:
      await client.query(`UPDATE ${TABLE} SET id = $2, n = n WHERE id = $1`, [id, key(random)])
      return
    case 8:
      await client.query(`UPDATE ${TABLE} SET body = $2, doc = NULL WHERE id = $1`, [id, text(random)])
      return
    default:
      await client.query(`DELETE FROM ${TABLE} WHERE id = $1`, [id])
  }
}

async function bulk(client: pg.Client, random: Random): Promise<void> {
  const company = random.below(COMPANIES)
  if (random.oneIn(2)) await client.query(`UPDATE ${TABLE} SET n = (coalesce(n, 0) + 7) % 100 WHERE company = $1`, [company])
  else await client.query(`INSERT INTO ${TABLE} (id, company, n) SELECT 'bulk ' || i, $1, i % 100 FROM generate_series(1, 60) AS i ON CONFLICT (id) DO UPDATE SET company = excluded.company`, [company])
}

function key(random: Random): string {
  const number = random.below(KEYS)
  return `${number}${ODD[number % ODD.length] ?? ''}`
}

function text(random: Random): string {
  // Above 2 kB Postgres keeps a value apart from its row.
  return random.oneIn(15) ? `${random.below(1e6)} `.repeat(1_500) : `${random.below(1e6)}${random.pick(ODD)}`
}
