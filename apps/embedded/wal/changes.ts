// What the write-ahead log says, in our own words: the decoder's types stay in `stream.ts`.

/** A row as Postgres prints it: text or null for each column. */
export type TextRow = Record<string, string | null>

/** One change of one row. `op` is its place among the transaction's changes, counted from 0. */
export type RowChange =
  | { kind: 'insert', table: number, op: number, new: TextRow }
  | { kind: 'update', table: number, op: number, old: TextRow, new: TextRow }
  | { kind: 'delete', table: number, op: number, old: TextRow }

/** The transaction a change belongs to: its commit's place in the log, and its id's low 32 bits. */
export interface TransactionId { lsn: number, xid: number }

/**
 * `schema`: the definition may have changed; whoever cares compares. `truncate`: all rows are gone at once.
 * `rewrite`: all rows were written anew.
 * `old_row_missing`: REPLICA IDENTITY FULL was taken from the table, so a change cannot be followed.
 */
export type ResetReason = 'schema' | 'truncate' | 'rewrite' | 'old_row_missing'

/** Some or all changes of one transaction, in order. `ends` with its last part. */
export interface TransactionPart { transaction: TransactionId, changes: RowChange[], ends: boolean }

/**
 * Receives decoded transactions in commit order. Each call is awaited before the next, which is what keeps memory
 * bounded: a slow receiver slows the server down, not this process up.
 */
export interface ChangeReceiver {
  /** Whole transactions, or one part of an unfinished one alone: then the next call goes on with it. */
  dispatch(parts: TransactionPart[]): Promise<void>
  /** What was known of a table may be void from here on. Called inside a transaction. */
  tableReset(table: number, why: ResetReason, transaction: TransactionId): Promise<void>
}

/** `16/B374D848` as a number. The log would have to exceed 9 PB before a number could not hold it. */
export function parseLsn(text: string): number {
  const [high = '0', low = '0'] = text.split('/')
  return Number.parseInt(high, 16) * 0x1_0000_0000 + Number.parseInt(low, 16)
}

/** The number as Postgres writes it. */
export function formatLsn(lsn: number): string {
  return `${Math.floor(lsn / 0x1_0000_0000).toString(16).toUpperCase()}/${(lsn % 0x1_0000_0000).toString(16).toUpperCase()}`
}
