import { isChangeMessage, isControlMessage, type ChangeMessage, type Offset } from '@electric-sql/client'
import type { PGliteInterface, Transaction } from '@electric-sql/pglite'
import { START, type Cursor, type Cursors, type Position } from './cursors'
import { columnsOf, quote, type Scope, type Target, type TextRow } from './local-table'
import { splitRows, type SnapshotRows } from './snapshot-rows'
import { dropStaging, makeStaging, swapStaging } from './staging'
import { isSnapshot, writeChanges, writtenBy, type Change, type ShapeMessage, type Written } from './write-changes'

/** Whose rows a table holds, which decides what a refetch may take away. */
export type Ownership =
  /** All rows of the table are this shape's. */
  | { kind: 'table' }
  /** The rows of a scope are. */
  | { kind: 'scope', scope: Scope }
  /** Nobody can tell them apart: the caller clears them. */
  | { kind: 'shared', clear: (tx: Transaction) => Promise<void> }

export interface ApplierOptions {
  readonly key: string
  /** Quoted and qualified. */
  readonly table: string
  readonly primaryKey: readonly string[]
  readonly ownership: Ownership
  /** Turns a message into the row to write; its value as it is where left out. */
  readonly toRow?: (message: ChangeMessage<TextRow>) => TextRow
  /** Runs in each transaction that fills an empty table with a first sync, before its rows. */
  readonly beforeFill?: (tx: Transaction, key: string) => Promise<void>
  /** Is given each write to the table, with what it writes to, and makes it: others may have changed these rows here. */
  readonly around?: Around
}

export type Around = (tx: Transaction, table: string, written: Written, write: () => Promise<void>) => Promise<void>

/** So many rows of the first page of a first sync are shown before the rest of it is written: a page is up to 10 MB. */
const HEAD_ROWS = 1000

/** What one batch did. */
export interface Applied {
  upToDate: boolean
  /** Rows of the synced table changed, not only staged ones. */
  changed: boolean
}

/**
 * Applies the batches of one shape to its table. Rows and cursor commit together or not at all.
 *
 *            first page                    up-to-date
 *   start ──────────────▶ first sync ─────────────────────▶ complete ◀──┐ changes
 *     │                        │                               │ └──────┘
 *     │ rows of the shape      │ must-refetch, a missing row,  │
 *     │ are there already      ▼ the stream begins again       │
 *     └───────────────────▶ staging ◀──────────────────────────┘
 *                              │ up-to-date: swapped in as a diff, in one transaction
 *                              └──────────────────────────────▶ complete
 *
 * Of a long first page the first rows are committed ahead, counted in the cursor, whose offset stays at the start: a kill
 * before the rest leaves rows that the next batch takes back.
 * Staging has pages and cursor of its own beside the old rows, so that it survives a kill and no list goes empty.
 */
export class ShapeApplier {
  readonly #pg: PGliteInterface
  readonly #cursors: Cursors
  readonly #options: ApplierOptions
  readonly #target: Target
  #cursor: Cursor | undefined
  /** Columns of the table, with their types. */
  #columns: ReadonlyMap<string, string> = new Map()

  constructor(pg: PGliteInterface, cursors: Cursors, options: ApplierOptions) {
    this.#pg = pg
    this.#cursors = cursors
    this.#options = options
    const scope = options.ownership.kind === 'scope' ? options.ownership.scope : undefined
    this.#target = { table: options.table, primaryKey: options.primaryKey, ...(scope && { scope }) }
  }

  get cursor(): Cursor {
    if (!this.#cursor) throw new Error('The applier has not been opened')
    return this.#cursor
  }

  /** Where the stream goes on from. */
  get position(): Position {
    const { staging, handle, offset } = this.cursor
    return staging ? { handle: staging.handle, offset: staging.offset } : { handle, offset }
  }

  /** Finds the shape's cursor or starts one. Answers whether the head of an unfinished page was taken back. */
  async open(): Promise<boolean> {
    let tookBack = false
    this.#columns = new Map((await columnsOf(this.#pg, this.#options.table)).map(({ name, type }) => [name, type]))
    this.#cursor = await this.#pg.transaction(async (tx) => {
      const { key, table, ownership } = this.#options
      const found = await this.#cursors.find(tx, key)
      if (found) {
        if (hasHead(found)) {
          await this.#takeHeadBack(tx, found)
          await this.#cursors.save(tx, found)
          tookBack = true
        }
        return found
      }
      const rows = await this.#countRows(tx)
      const scope = ownership.kind === 'scope' ? ownership.scope : undefined
      const cursor = await this.#cursors.insert(tx, key, table, scope, rows === 0, rows)
      // Rows that no cursor speaks of may be gone from the server: only a refetch, swapped in as a diff, takes them away.
      if (rows > 0 && ownership.kind !== 'shared') await this.#stage(tx, cursor)
      return cursor
    })
    return tookBack
  }

  /** Begins the shape again from its first page, beside the rows that are here. */
  async refetch(): Promise<void> {
    await this.#commit(async (tx, cursor) => {
      await this.#restart(tx, cursor)
    })
  }

  /**
   * Applies one batch, the answer to one request.
   * @param messages what the stream gave
   * @param end the handle and offset after this batch
   * @param fromStart the stream began again by itself, without a must-refetch
   * @param onHead called when the first rows of a long first page are there and the offset has not moved yet; resolves
   * when they may be followed by the rest
   * @throws what the database threw, or MissingRowError; then nothing of the batch is there and the cursor stands
   */
  async apply(messages: readonly (ShapeMessage | SnapshotRows)[], end: { handle: string | undefined, offset: Offset }, fromStart = false, onHead?: () => Promise<void>): Promise<Applied> {
    const done: Applied = { upToDate: false, changed: false }
    let tookBack = false
    if (hasHead(this.cursor)) {
      await this.#commit((tx, cursor) => this.#takeHeadBack(tx, cursor))
      tookBack = true
    }
    const parts = onHead ? this.#splitHead(messages) : undefined
    if (parts) {
      await this.#commit((tx, cursor) => this.#write(tx, cursor, parts.head))
      await onHead?.()
      messages = parts.rest
    }
    await this.#commit(async (tx, cursor) => {
      if (fromStart && this.#isUnderWay(cursor)) await this.#restart(tx, cursor)
      const changes: Change[] = []
      let refetching = false
      for (const message of messages) {
        if (isSnapshot(message) || isChangeMessage(message)) changes.push(message)
        // A move-out of a subquery shape names no rows. None of our shapes has a subquery; to go on would keep what must go.
        else if (!isControlMessage(message)) throw new Error('The server told of a change of a kind that this app does not know')
        else if (message.headers.control === 'up-to-date') done.upToDate = true
        else if (message.headers.control === 'must-refetch') {
          // What came before it in this batch belongs to the log that ended.
          changes.length = 0
          refetching = true
          await this.#restart(tx, cursor)
        }
      }
      await this.#write(tx, cursor, changes)
      if (!refetching) Object.assign(cursor.staging ?? cursor, { handle: end.handle ?? null, offset: end.offset })
      done.changed = tookBack || (changes.length > 0 && !cursor.staging)
      if (done.upToDate) {
        if (cursor.staging) {
          await this.#swap(tx, cursor)
          done.changed = true
        }
        cursor.complete = true
      }
    })
    return done
  }

  /** What to show first, and the rest; nothing where this is not the long first page of a first sync. */
  #splitHead(messages: readonly (ShapeMessage | SnapshotRows)[]): { head: Change[], rest: (ShapeMessage | SnapshotRows)[] } | undefined {
    const { byCopy, offset, staging } = this.cursor
    if (!byCopy || staging || offset !== START.offset || this.#options.ownership.kind === 'shared') return undefined
    const [first, ...others] = messages
    if (!first || !isSnapshot(first) || first.count < 2 * HEAD_ROWS) return undefined
    const [head, rest] = splitRows(first, HEAD_ROWS)
    return { head: [head], rest: [rest, ...others] }
  }

  /** The rest of the page never came. Its shape may have ended meanwhile, so nothing vouches for the rows that did. */
  async #takeHeadBack(tx: Transaction, cursor: Cursor): Promise<void> {
    const { table, scope } = this.#target
    await tx.query(`DELETE FROM ${table}${scope ? ` WHERE ${quote(scope.column)} = $1` : ''}`, scope ? [scope.value] : [])
    cursor.rows = 0
  }

  /** Runs in a transaction on a copy of the cursor, which counts only once it is committed. */
  async #commit(work: (tx: Transaction, cursor: Cursor) => Promise<void>): Promise<void> {
    const cursor = structuredClone(this.cursor)
    await this.#pg.transaction(async (tx) => {
      await work(tx, cursor)
      await this.#cursors.save(tx, cursor)
    })
    this.#cursor = cursor
  }

  #isUnderWay(cursor: Cursor): boolean {
    return (cursor.staging ?? cursor).offset !== START.offset
  }

  /** From the first page again: in place where nothing is here yet, in the staging table otherwise. */
  async #restart(tx: Transaction, cursor: Cursor): Promise<void> {
    if (cursor.rows > 0 || cursor.complete || cursor.staging) return this.#stage(tx, cursor)
    Object.assign(cursor, START)
  }

  async #stage(tx: Transaction, cursor: Cursor): Promise<void> {
    await makeStaging(tx, this.#cursors.stagingTable(cursor), this.#target)
    cursor.staging = { ...START, rows: 0 }
  }

  async #swap(tx: Transaction, cursor: Cursor): Promise<void> {
    const { staging } = cursor
    if (!staging) return
    const table = this.#cursors.stagingTable(cursor)
    const { ownership } = this.#options
    if (ownership.kind === 'shared') await ownership.clear(tx)
    await this.#around(tx, { scope: this.#target.scope }, () => swapStaging(tx, table, this.#target, ownership.kind !== 'shared'))
    await dropStaging(tx, table)
    Object.assign(cursor, { handle: staging.handle, offset: staging.offset, staging: null, rows: staging.rows, byCopy: false })
  }

  #around(tx: Transaction, written: Written, write: () => Promise<void>): Promise<void> {
    return this.#options.around ? this.#options.around(tx, this.#options.table, written, write) : write()
  }

  async #write(tx: Transaction, cursor: Cursor, changes: readonly Change[]): Promise<void> {
    if (cursor.staging || changes.length === 0) return this.#writeRows(tx, cursor, changes)
    return this.#around(tx, writtenBy(changes, this.#target), () => this.#writeRows(tx, cursor, changes))
  }

  async #writeRows(tx: Transaction, cursor: Cursor, changes: readonly Change[]): Promise<void> {
    const { staging } = cursor
    if (cursor.byCopy && !cursor.complete && !staging) await this.#options.beforeFill?.(tx, cursor.key)
    const counter = staging ?? cursor
    counter.rows += await writeChanges(tx, {
      target: staging ? { table: this.#cursors.stagingTable(cursor), primaryKey: this.#target.primaryKey } : this.#target,
      columns: this.#columns,
      mayCopy: staging !== null || cursor.byCopy,
      ...(this.#options.toRow && { toRow: this.#options.toRow }),
    }, changes)
  }

  async #countRows(tx: Transaction): Promise<number> {
    const { table, ownership } = this.#options
    const where = ownership.kind === 'scope' ? `WHERE ${quote(ownership.scope.column)} = $1` : ''
    const params = ownership.kind === 'scope' ? [ownership.scope.value] : []
    const { rows } = await tx.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} ${where}`, params)
    return rows[0]?.count ?? 0
  }
}

/** Whether the head of a first page is there without the rest of it: rows whose number is known, at an offset before all rows. */
function hasHead({ byCopy, complete, rows, offset, staging }: Cursor): boolean {
  return byCopy && !complete && rows > 0 && offset === START.offset && !staging
}
