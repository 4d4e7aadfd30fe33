// From decoded transactions to shape logs.
//
//   idle --dispatch--> staged --last transaction complete--> published, idle
//                        |  ^
//                        |  +--dispatch of the next part, tableReset
//                        +--abort (connection lost, disk full)--> everything staged is taken back, idle
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { messageOf } from '../errors.ts'
import { log } from '../logging.ts'
import { withClient } from '../pools.ts'
import type { ChangeReceiver, ResetReason, RowChange, TextRow, TransactionId, TransactionPart } from '../wal/changes.ts'
import { type Match, Matcher } from './matcher.ts'
import { entriesOf } from './messages.ts'
import { Mutex } from './mutex.ts'
import { findRelation } from './relation.ts'
import type { ShapeGroup, ShapeRegistry } from './registry.ts'
import type { Shape } from './shape.ts'
import { Staging } from './staging.ts'
import { type SnapshotBounds, isVisible, parseSnapshot } from './visibility.ts'
import { isPredicateError } from './sqlstate.ts'

const REMEMBERED_TRANSACTIONS = 4_096

/** A change and the transaction it came with. */
interface Placed { change: RowChange, transaction: TransactionId }
/** Which change a row asked about belongs to, and whether it is the row before or after. */
interface RowOwner { change: number, side: 'old' | 'new' }
type Hits = Map<number, { old: boolean, new: boolean }>

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
  private staged = new Map<Shape, Staging>()
  /** Set while a transaction is unfinished. */
  private release: (() => void) | undefined

  constructor(registry: ShapeRegistry, readers: pg.Pool, admin: pg.Pool) {
    this.registry = registry
    this.readers = readers
    this.admin = admin
  }

  async dispatch(parts: TransactionPart[]): Promise<void> {
    this.release ??= await this.mutex.acquire()
    const byTable = new Map<number, Placed[]>()
    for (const { transaction, changes } of parts) {
      for (const change of changes) {
        const list = byTable.get(change.table)
        if (list) list.push({ change, transaction })
        else byTable.set(change.table, [{ change, transaction }])
      }
    }
    for (const [table, placed] of byTable) {
      for (const group of this.registry.groupsOf(table)) await this.stageGroup(group, placed)
    }
    if (parts.at(-1)?.ends) this.publish(parts)
  }

  async tableReset(table: number, why: ResetReason, transaction: TransactionId): Promise<void> {
    for (const shape of this.registry.ofTable(table)) {
      if (!shape.needs(transaction)) continue
      if (why === 'schema') {
        await this.untilVisible(transaction)
        const now = await findRelation(this.admin, shape.relation.schema, shape.relation.name)
        if (now?.signature === shape.relation.signature) continue
      }
      this.registry.end(shape)
    }
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

  private publish(parts: TransactionPart[]): void {
    const touched = [...this.staged]
    for (const [, staging] of touched) staging.publish()
    for (const { transaction, ends } of parts) if (ends) this.remember(transaction)
    this.finish()
    // Only now: an up-to-date message promises that all shapes hold everything up to lastSeenLsn.
    for (const [shape] of touched) shape.wake()
  }

  private async stageGroup(group: ShapeGroup, placed: Placed[]): Promise<void> {
    // Decided before anything is staged, and a shape that needs none of it costs nothing.
    const shapes = group.shapes.flatMap((shape) => {
      const needed = neededBy(shape, placed)
      return needed.size ? [{ shape, needed }] : []
    })
    if (!shapes.length) return
    if (!group.where) {
      for (const { shape, needed } of shapes) {
        this.stage(shape, placed.filter(({ transaction }) => needed.has(transaction.lsn)), () => ({ old: true, new: true }))
      }
      return
    }
    const hits = await this.hitsOf(group.where, shapes.map(({ shape }) => shape), placed)
    for (const [set, changes] of hits) {
      const { shape, needed } = shapes[set] ?? {}
      if (!shape || !needed) continue
      const order = [...changes.keys()].sort((a, b) => a - b)
      const own = order.flatMap((at) => {
        const each = placed[at]
        return each && needed.has(each.transaction.lsn) ? [{ ...each, at }] : []
      })
      this.stage(shape, own, ({ at }) => changes.get(at) ?? { old: false, new: false })
    }
  }

  private stage<T extends Placed>(shape: Shape, placed: T[], matched: (each: T) => { old: boolean, new: boolean }): void {
    for (const each of placed) {
      for (const entry of entriesOf(each.change, matched(each), shape.projection, each.transaction)) {
        const staging = this.staged.get(shape) ?? new Staging(shape)
        this.staged.set(shape, staging)
        staging.add(entry, each.transaction)
      }
    }
  }

  /** For each shape that has any, by its index: the changes it is about, by theirs. */
  private async hitsOf(where: NonNullable<ShapeGroup['where']>, shapes: Shape[], placed: Placed[]): Promise<Map<number, Hits>> {
    const relation = shapes[0]?.relation
    if (!relation) return new Map()
    const rows: TextRow[] = []
    const owners: RowOwner[] = []
    placed.forEach(({ change }, at) => {
      if (change.kind !== 'insert') {
        rows.push(change.old)
        owners.push({ change: at, side: 'old' })
      }
      if (change.kind !== 'delete') {
        rows.push(change.new)
        owners.push({ change: at, side: 'new' })
      }
    })
    const key = JSON.stringify([relation.signature, where.sql])
    const matcher = this.matchers.get(key) ?? new Matcher(relation, where)
    this.matchers.set(key, matcher)
    try {
      return collect(await withClient(this.readers, client => matcher.match(client, rows, shapes.map(shape => shape.definition.where?.params ?? []))), owners)
    }
    catch (error) {
      if (!isPredicateError(error)) throw error
      // A where that fails on a row (a division by zero, say) can neither hold nor not hold: the next asker is told.
      log.warn(`A where cannot be evaluated, its shapes start anew: ${messageOf(error)}`)
      for (const shape of shapes) this.registry.end(shape, error)
      return new Map()
    }
  }

  /** A commit is in the log a moment before others see it: the catalogue read in that moment is still the old one. */
  private async untilVisible({ xid }: TransactionId): Promise<void> {
    for (;;) {
      const { rows } = await this.admin.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot')
      if (isVisible(parseSnapshot(rows[0]?.snapshot ?? '', 0), xid)) return
      await sleep(1)
    }
  }

  private remember({ xid, lsn }: TransactionId): void {
    this.lastSeenLsn = Math.max(this.lastSeenLsn, lsn)
    this.recent.add(xid)
    if (this.recent.size <= REMEMBERED_TRANSACTIONS) return
    const [oldest] = this.recent
    if (oldest !== undefined) this.recent.delete(oldest)
  }

  private finish(): void {
    this.staged = new Map()
    this.release?.()
    this.release = undefined
  }
}

/** Commits of the transactions that the shape has not yet, among those of the changes. */
function neededBy(shape: Shape, placed: Placed[]): Set<number> {
  const needed = new Set<number>()
  let last: TransactionId | undefined
  for (const { transaction } of placed) {
    if (transaction.lsn === last?.lsn) continue
    last = transaction
    if (shape.needs(transaction)) needed.add(transaction.lsn)
  }
  return needed
}

function collect(matches: Match[], owners: RowOwner[]): Map<number, Hits> {
  const sets = new Map<number, Hits>()
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
