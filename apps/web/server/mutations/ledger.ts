import { createHash } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
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

/**
 * Opens the entry of a mutation. While another transaction decides the same id, this one waits for it. Out: the low 32
 * bits of this transaction's id, as Electric sends them; undefined where the id was decided before.
 */
export async function openEntry(tx: Transaction, entry: LedgerEntry): Promise<number | undefined> {
  const [opened] = await tx.insert(ledger).values(entry).onConflictDoNothing()
    .returning({ txid: sql<string>`(pg_current_xact_id()::text::numeric % 4294967296)::text` })
  return opened && Number(opened.txid)
}

export async function closeEntry(tx: Transaction, id: string, result: MutationResult): Promise<void> {
  await tx.update(ledger).set({ result }).where(eq(ledger.id, id))
}

/** What was answered before; undefined where the id belongs to another request, or to another person's. */
export async function answeredBefore(tx: Transaction, entry: LedgerEntry): Promise<MutationResult | undefined> {
  const [found] = await tx.select().from(ledger).where(eq(ledger.id, entry.id))
  if (found?.user_id !== entry.user_id || found.request_hash !== entry.request_hash) return undefined
  // It was applied, and its answer has been swept away since.
  return found.result ?? { id: entry.id, status: 'already_applied' }
}

/** The same for the same request, in whatever order its fields are written. */
export function requestHash(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request, sortedKeys)).digest('hex')
}

function sortedKeys(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1))
}
