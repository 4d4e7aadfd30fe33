import { sql, type SQL } from 'drizzle-orm'
import { JSON_BYTES } from '../../shared/mutations/fields'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'

/** A jsonb column with some keys replaced and those that are null taken away: two people who change two keys keep both. */
export function merged(column: SQL, change: Record<string, unknown>): SQL {
  const kept = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null))
  const dropped = Object.keys(change).filter(name => change[name] === null)
  return sql`(${column} || ${JSON.stringify(kept)}::jsonb) - ${sql.param(dropped)}::text[]`
}

/** Throws `invalid_input` at `field` where a column of a row has grown beyond what every browser of its readers should hold. */
export async function requireFits(tx: Transaction, column: SQL, from: SQL, field: string): Promise<void> {
  const { rows: [found] } = await tx.execute<{ bytes: number }>(sql`select octet_length((${column})::text) as bytes ${from}`)
  if (found && found.bytes > JSON_BYTES) throw new Refusal('invalid_input', { fields: { [field]: `This is too much: ${JSON_BYTES} bytes at most.` } })
}
