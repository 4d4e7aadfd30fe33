// From decoded transactions to shape logs.
//
//   idle --begin--> in transaction --changes, tableReset ...--> --commit--> published, idle
//                        |
//                        +--abort (connection lost, disk full)--> everything staged is taken back, idle
import type pg from 'pg'
import type { ChangeReceiver, ResetReason, RowChange, TextRow, TransactionId } from '../wal/changes.ts'
import { messageOf } from '../errors.ts'
import { log } from '../logging.ts'
import { Matcher } from './matcher.ts'
import { type LogEntry, entriesOf, entryText } from './messages.ts'
import { Mutex } from './mutex.ts'
import { findRelation } from './relation.ts'
import type { ShapeGroup, ShapeRegistry } from './registry.ts'
import type { Shape } from './shape.ts'
import { type SnapshotBounds, isVisible } from './visibility.ts'

const RUN_CHARS = 64 * 1024
const REMEMBERED_TRANSACTIONS = 4_096

/** Postgres' word for: the statement took longer than its role may. */
const QUERY_CANCELED = '57014'

export class Dispatcher implements ChangeReceiver {
  /** Commit of the last transaction that all shape logs hold. */
  lastSeenLsn = 0
  private readonly registry: ShapeRegistry
  /** Sessions of the reader role, for predicates. */
  private readonly readers: pg.Pool
  /** Sessions that may read the catalogue. */
  private readonly admin: pg.Pool
  private readonly mutex = new Mutex()
  private readonly matchers = new Map<string, Matcher>()
  private readonly recent = new Set<number>()
  private transaction: TransactionId | undefined
  private release: () => void = () => {}
  /** The newest entry of each touched shape: whether it is the transaction's last is known at the commit. */
  private held = new Map<Shape, LogEntry>()
  private resets = new Map<number, ResetReason>()

  constructor(registry: ShapeRegistry, readers: pg.Pool, admin: pg.Pool) {
    this.registry = registry
    this.readers = readers
    this.admin = admin
  }

  async begin(transaction: TransactionId): Promise<void> {
    this.release = await this.mutex.acquire()
    this.transaction = transaction
  }

  async changes(batch: RowChange[]): Promise<void> {
    const transaction = this.transaction
    if (!transaction) return
    const byTable = new Map<number, RowChange[]>()
    for (const change of batch) {
      const list = byTable.get(change.table)
      if (list) list.push(change)
      else byTable.set(change.table, [change])
    }
    for (const [table, changes] of byTable) {
      for (const group of this.registry.groupsOf(table)) {
        const shapes = group.shapes.filter(shape => shape.needs(transaction))
        if (!shapes.length) continue
        if (group.where) await this.matchAndAppend({ where: group.where, shapes }, changes, transaction)
        else for (const shape of shapes) this.append(shape, changes.flatMap(change => entriesOf(change, { old: true, new: true }, shape.projection, transaction)), transaction)
      }
    }
  }

  async tableReset(table: number, why: ResetReason): Promise<void> {
    // The strongest reason stands: `schema` alone asks whether anything changed.
    if (why !== 'schema' || !this.resets.has(table)) this.resets.set(table, why)
  }

  async commit(): Promise<void> {
    const transaction = this.transaction
    if (!transaction) return
    for (const [table, why] of this.resets) await this.applyReset(table, why, transaction)
    const touched = [...this.held]
    for (const [shape, entry] of touched) {
      if (shape.state !== 'void') shape.log.append([entryText(entry, true)], { lsn: transaction.lsn, op: entry.op })
    }
    for (const [shape] of touched) if (shape.state !== 'void') shape.log.publish()
    this.remember(transaction.xid)
    this.lastSeenLsn = Math.max(this.lastSeenLsn, transaction.lsn)
    this.finish()
    for (const [shape] of touched) shape.wake()
  }

  /** Forgets an unfinished transaction; it will be decoded again from its beginning. */
  abort(): void {
    for (const shape of this.held.keys()) if (shape.state !== 'void') shape.log.discard()
    this.finish()
  }

  /** Runs while no transaction is being dispatched. */
  async exclusively<T>(run: () => Promise<T>): Promise<T> {
    const release = await this.mutex.acquire()
    try {
      return await run()
    }
    finally {
      release()
    }
  }

  /**
   * Whether a transaction was dispatched already that the snapshot does not see. A commit is in the log a moment
   * before it becomes visible; a shape made in that moment would get it neither way.
   */
  isAheadOf(snapshot: SnapshotBounds): boolean {
    for (const xid of this.recent) if (!isVisible(snapshot, xid)) return true
    return false
  }

  private async matchAndAppend(group: Required<ShapeGroup>, changes: RowChange[], transaction: TransactionId): Promise<void> {
    const rows: TextRow[] = []
    const places = changes.map((change) => {
      const old = change.kind === 'insert' ? -1 : rows.push(change.old) - 1
      return { old, new: change.kind === 'delete' ? -1 : rows.push(change.new) - 1 }
    })
    let matched: Set<number>[]
    try {
      matched = await this.match(group, rows)
    }
    catch (error) {
      if (!isPredicateError(error)) throw error
      // A where that fails on a row (a division by zero, say) can neither hold nor not hold: the next asker is told.
      log.warn(`A where cannot be evaluated, its shapes start anew: ${messageOf(error)}`)
      for (const shape of group.shapes) this.registry.end(shape, error)
      return
    }
    group.shapes.forEach((shape, index) => {
      const hits = matched[index]
      if (!hits?.size) return
      const entries = changes.flatMap((change, at) => {
        const place = places[at]
        if (!place) return []
        const match = { old: hits.has(place.old), new: hits.has(place.new) }
        return match.old || match.new ? entriesOf(change, match, shape.projection, transaction) : []
      })
      this.append(shape, entries, transaction)
    })
  }

  /** For each shape of the group, the indexes of the rows it holds. */
  private async match(group: Required<ShapeGroup>, rows: TextRow[]): Promise<Set<number>[]> {
    const first = group.shapes[0]
    if (!first) return []
    const client = await this.readers.connect()
    let failed = false
    try {
      const key = JSON.stringify([first.relation.signature, group.where.sql])
      let matcher = this.matchers.get(key)
      if (!matcher) {
        matcher = new Matcher(first.relation, group.where)
        this.matchers.set(key, matcher)
      }
      const sets = group.shapes.map(shape => shape.definition.where?.params ?? [])
      const matched = group.shapes.map(() => new Set<number>())
      for (const { row, set } of await matchInParts(matcher, client, rows, sets)) matched[set]?.add(row)
      return matched
    }
    catch (error) {
      failed = !isPredicateError(error)
      throw error
    }
    finally {
      client.release(failed)
    }
  }

  private append(shape: Shape, entries: LogEntry[], transaction: TransactionId): void {
    const last = entries.at(-1)
    if (!last) return
    let texts: string[] = []
    let chars = 0
    const held = this.held.get(shape)
    const ready = held ? [held, ...entries.slice(0, -1)] : entries.slice(0, -1)
    // Known as touched before the first write: an abort must take back what a failing write left.
    this.held.set(shape, last)
    ready.forEach((entry, index) => {
      const text = entryText(entry, false)
      texts.push(text)
      chars += text.length
      if (chars < RUN_CHARS && index < ready.length - 1) return
      shape.log.append(texts, { lsn: transaction.lsn, op: entry.op })
      texts = []
      chars = 0
    })
  }

  private async applyReset(table: number, why: ResetReason, transaction: TransactionId): Promise<void> {
    for (const shape of this.registry.ofTable(table)) {
      if (!shape.needs(transaction)) continue
      if (why === 'schema') {
        const now = await findRelation(this.admin, shape.relation.schema, shape.relation.name)
        if (now?.signature === shape.relation.signature) continue
      }
      this.registry.end(shape)
    }
  }

  private remember(xid: number): void {
    this.recent.add(xid)
    if (this.recent.size <= REMEMBERED_TRANSACTIONS) return
    const [oldest] = this.recent
    if (oldest !== undefined) this.recent.delete(oldest)
  }

  private finish(): void {
    this.transaction = undefined
    this.held = new Map()
    this.resets = new Map()
    this.release()
  }
}

/** Halves what is asked at once as long as it takes too long. */
async function matchInParts(matcher: Matcher, client: pg.ClientBase, rows: TextRow[], sets: string[][]): Promise<{ row: number, set: number }[]> {
  try {
    return await matcher.match(client, rows, sets)
  }
  catch (error) {
    if (rows.length < 2 || codeOf(error) !== QUERY_CANCELED) throw error
    const middle = rows.length >> 1
    const first = await matchInParts(matcher, client, rows.slice(0, middle), sets)
    const second = await matchInParts(matcher, client, rows.slice(middle), sets)
    return [...first, ...second.map(({ row, set }) => ({ row: row + middle, set }))]
  }
}

/** An error of the where on these values, as opposed to a lost connection or a server that is stopping. */
export function isPredicateError(error: unknown): boolean {
  return /^(0A|21|22|23|2F|38|39|42|44|54|57014|P0)/.test(codeOf(error))
}

/** Postgres' SQLSTATE, or empty. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
