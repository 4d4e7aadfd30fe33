import type { Transaction } from '@electric-sql/pglite'

/** A row of a searched table: what all of them have, and the columns that its writer asks for. */
export interface SearchedRow { readonly id: string, readonly company_id: string }

/** Keeps the side tables of one kind of rows. Its statements are those of the caller's transaction. */
export interface SearchWriter<Row extends SearchedRow = never> {
  /** SQL of the columns of a row that it needs beside its id and company. */
  readonly columns: string
  /**
   * Puts rows into the side tables that were not there. Repeating it changes nothing.
   * @param names how many names that are not there yet are written at most, 1 or more
   * @returns how many of the rows were written, from the first
   */
  readonly fill: (tx: Transaction, entity: number, rows: readonly Row[], names: number) => Promise<number>
  /**
   * Takes up rows that were written, and takes those away that are gone, with every word that only they had.
   * @param gone ids of rows that are not there any more
   */
  readonly change: (tx: Transaction, entity: number, rows: readonly Row[], gone: readonly string[]) => Promise<void>
  /** Takes all rows of a company away. */
  readonly forget: (tx: Transaction, entity: number, company: string) => Promise<void>
}
