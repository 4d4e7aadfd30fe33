import { createHash } from 'node:crypto'
import { eq, inArray, sql } from 'drizzle-orm'
import type { MutationResult } from '../../shared/protocol/mutations'
import type { Transaction } from '../db/door'
import { ledger } from '../db/ledger'

/** What stands in the ledger of a mutation before it is decided. */
export interface LedgerEntry {
  id: string
  user_id: string
  company_id: string | null
  name: string
  version: number
  request_hash: string
}

/** The low 32 bits of this transaction's id, as Electric sends them. */
const TXID = sql<string>`(pg_current_xact_id()::text::numeric % 4294967296)::text`

/**
 * Opens the entry of a mutation. While another transaction decides the same id, this one waits for it. Out: the
 * transaction's id; undefined where the mutation was decided before.
 */
export async function openEntry(tx: Transaction, entry: LedgerEntry): Promise<number | undefined> {
  const [opened] = await tx.insert(ledger).values(entry).onConflictDoNothing().returning({ txid: TXID })
  return opened && Number(opened.txid)
}

/** The same for several of one person, of different ids. Out: the ids of those that were not decided before. */
export async function openEntries(tx: Transaction, entries: readonly LedgerEntry[]): Promise<{ txid: number, opened: Set<string> }> {
  const column = (value: (entry: LedgerEntry) => string | number | null) => sql.param(entries.map(value))
  // In one order, whoever asks: two with the same ids the other way round would wait for each other.
  const { rows } = await tx.execute<{ id: string, txid: string }>(sql`
    insert into ${ledger} (id, user_id, company_id, name, version, request_hash)
    select * from unnest(${column(({ id }) => id)}::uuid[], ${column(entry => entry.user_id)}::uuid[], ${column(entry => entry.company_id)}::uuid[],
      ${column(({ name }) => name)}::text[], ${column(({ version }) => version)}::int[], ${column(entry => entry.request_hash)}::text[]) as entry(id)
    order by entry.id on conflict do nothing returning id, ${TXID} as txid`)
  return { txid: Number(rows[0]?.txid), opened: new Set(rows.map(({ id }) => id)) }
}

export async function closeEntry(tx: Transaction, id: string, result: MutationResult): Promise<void> {
  await tx.update(ledger).set({ result }).where(eq(ledger.id, id))
}

/** Writes the answers of opened entries, and takes back those that are left for another transaction. */
export async function closeEntries(tx: Transaction, results: readonly MutationResult[], left: readonly string[]): Promise<void> {
  await tx.execute(sql`
    update ${ledger} set result = answer.result from unnest(${sql.param(results.map(({ id }) => id))}::uuid[], ${sql.param(results.map(result => JSON.stringify(result)))}::jsonb[]) as answer(id, result)
    where ${ledger.id} = answer.id`)
  if (left.length > 0) await tx.delete(ledger).where(inArray(ledger.id, [...left]))
}

/** What was answered before; undefined where the id belongs to another request, or to another person's. */
export async function answeredBefore(tx: Transaction, entry: LedgerEntry): Promise<MutationResult | undefined> {
  return (await answersBefore(tx, [entry])).get(entry.id)
}

/** The same for several: what is undefined there is not in it. */
export async function answersBefore(tx: Transaction, entries: readonly LedgerEntry[]): Promise<Map<string, MutationResult>> {
  const found = entries.length === 0 ? [] : await tx.select().from(ledger).where(inArray(ledger.id, entries.map(({ id }) => id)))
  const asked = new Map(entries.map(entry => [entry.id, entry]))
  const isOf = (row: typeof found[number], entry: LedgerEntry | undefined) => row.user_id === entry?.user_id && row.request_hash === entry.request_hash
  // One without an answer was applied, and its answer has been swept away since.
  return new Map(found.filter(row => isOf(row, asked.get(row.id))).map(({ id, result }) => [id, result ?? { id, status: 'already_applied' }]))
}

/** The same for the same request, in whatever order its fields are written. */
export function requestHash(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request, sortedKeys)).digest('hex')
}

function sortedKeys(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1))
}
