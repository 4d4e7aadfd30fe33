// From decoded transactions to shape logs.
//
//   idle --begin--> in transaction --changes, tableReset ...--> --commit--> published, idle
//                        |
//                        +--abort (connection lost, disk full)--> everything staged is taken back, idle
import type pg from 'pg'
import type { ChangeReceiver, ResetReason, RowChange, TextRow, TransactionId } from '../wal/changes.ts'
import { messageOf } from '../errors.ts'
import { withClient } from '../pools.ts'
import { log } from '../logging.ts'
import { type Match, Matcher } from './matcher.ts'
import { type LogEntry, entriesOf, entryText } from './messages.ts'
import { Mutex } from './mutex.ts'
import { findRelation } from './relation.ts'
import type { ShapeGroup, ShapeRegistry } from './registry.ts'
import type { Shape } from './shape.ts'
import { type SnapshotBounds, isVisible } from './visibility.ts'

const RUN_CHARS = 64 * 1024
const REMEMBERED_TRANSACTIONS = 4_096

/** What all shapes together may hold in memory of a transaction before it is written. */
const STAGED_CHARS = 16 * 1024 * 1024

/** Entries of a shape not yet written. */
interface Staged { entries: LogEntry[], chars: number }
/** Which change a row asked about belongs to, and whether it is the row before or after. */
interface RowOwner { change: number, side: 'old' | 'new' }

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
  private staged = new Map<Shape, Staged>()
  private stagedChars = 0
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
        else for (const shape of shapes) this.stage(shape, changes.flatMap(change => entriesOf(change, { old: true, new: true }, shape.projection, transaction)), transaction)
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
    const touched = [...this.staged.keys()].filter(shape => shape.state !== 'void')
    for (const shape of touched) {
      const entries = this.staged.get(shape)?.entries ?? []
      const op = entries.at(-1)?.op
      if (op !== undefined) shape.log.append(entries.map((entry, index) => entryText(entry, index === entries.length - 1)), { lsn: transaction.lsn, op })
    }
    for (const shape of touched) shape.log.publish()
    this.remember(transaction.xid)
    this.lastSeenLsn = Math.max(this.lastSeenLsn, transaction.lsn)
    this.finish()
    for (const shape of touched) shape.wake()
  }

  /** Forgets an unfinished transaction; it will be decoded again from its beginning. */
  abort(): void {
    for (const shape of this.staged.keys()) if (shape.state !== 'void') shape.log.discard()
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
    const owners: RowOwner[] = []
    changes.forEach((change, at) => {
      if (change.kind !== 'insert') {
        rows.push(change.old)
        owners.push({ change: at, side: 'old' })
      }
      if (change.kind !== 'delete') {
        rows.push(change.new)
        owners.push({ change: at, side: 'new' })
      }
    })
    let matches: Match[]
    try {
      matches = await this.match(group, rows)
    }
    catch (error) {
      if (!isPredicateError(error)) throw error
      // A where that fails on a row (a division by zero, say) can neither hold nor not hold: the next asker is told.
      log.warn(`A where cannot be evaluated, its shapes start anew: ${messageOf(error)}`)
      for (const shape of group.shapes) this.registry.end(shape, error)
      return
    }
    for (const [set, hits] of hitsOf(matches, owners)) {
      const shape = group.shapes[set]
      if (!shape) continue
      const entries = [...hits].sort(([a], [b]) => a - b).flatMap(([at, hit]) => {
        const change = changes[at]
        return change ? entriesOf(change, hit, shape.projection, transaction) : []
      })
      this.stage(shape, entries, transaction)
    }
  }

  private async match(group: Required<ShapeGroup>, rows: TextRow[]): Promise<Match[]> {
    const first = group.shapes[0]
    if (!first) return []
    const key = JSON.stringify([first.relation.signature, group.where.sql])
    const matcher = this.matchers.get(key) ?? new Matcher(first.relation, group.where)
    this.matchers.set(key, matcher)
    return await withClient(this.readers, client => matcher.match(client, rows, group.shapes.map(shape => shape.definition.where?.params ?? [])))
  }

  private stage(shape: Shape, entries: LogEntry[], transaction: TransactionId): void {
    if (!entries.length) return
    const staged = this.staged.get(shape) ?? { entries: [], chars: 0 }
    this.staged.set(shape, staged)
    for (const entry of entries) {
      const chars = entry.before.length + entry.after.length
      staged.entries.push(entry)
      staged.chars += chars
      this.stagedChars += chars
      if (staged.chars >= RUN_CHARS) this.write(shape, staged, transaction)
    }
    if (this.stagedChars < STAGED_CHARS) return
    for (const [each, work] of this.staged) this.write(each, work, transaction)
  }

  /** Moves what is staged to the log, all but the newest entry: whether that is the transaction's last is not known yet. */
  private write(shape: Shape, staged: Staged, transaction: TransactionId): void {
    const held = staged.entries.pop()
    const last = staged.entries.at(-1)
    if (!held) return
    // A request may have ended the shape while Postgres was being asked; its folder is gone.
    if (last && shape.state !== 'void') shape.log.append(staged.entries.map(entry => entryText(entry, false)), { lsn: transaction.lsn, op: last.op })
    this.stagedChars -= staged.chars
    staged.entries = [held]
    staged.chars = held.before.length + held.after.length
    this.stagedChars += staged.chars
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
    this.staged = new Map()
    this.stagedChars = 0
    this.resets = new Map()
    this.release()
  }
}

/** For each parameter set, the changes it is about and which of their rows it holds. */
function hitsOf(matches: Match[], owners: RowOwner[]): Map<number, Map<number, { old: boolean, new: boolean }>> {
  const sets = new Map<number, Map<number, { old: boolean, new: boolean }>>()
  for (const { row, set } of matches) {
    const owner = owners[row]
    if (!owner) continue
    const hits = sets.get(set) ?? new Map<number, { old: boolean, new: boolean }>()
    sets.set(set, hits)
    const hit = hits.get(owner.change) ?? { old: false, new: false }
    hit[owner.side] = true
    hits.set(owner.change, hit)
  }
  return sets
}

/** An error of the where on these values, as opposed to a lost connection or a server that is stopping. */
export function isPredicateError(error: unknown): boolean {
  return /^(?:0A|21|22|23|2F|38|39|42|44|54|57014|P0)/.test(codeOf(error))
}

/** Postgres' SQLSTATE, or empty. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
