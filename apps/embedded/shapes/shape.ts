// One shape: a definition, its snapshot pages, its log, and those who wait for more.
//
//   writing --all pages on disk--> live --truncate, schema change, deleted, unused, cut and asked from -1--> void
//      |                                                                                                    ^
//      +--- snapshot failed --------------------------------------------------------------------------------+
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TransactionId } from '../wal/changes.ts'
import type { ShapeDefinition } from './definition.ts'
import { type LogBounds, ShapeLog } from './log.ts'
import type { Projection } from './messages.ts'
import type { Relation } from './relation.ts'
import { type SnapshotBounds, isVisible } from './visibility.ts'

type State = 'writing' | 'live' | 'void'

/** What is kept of a finished shape across restarts. */
interface StoredShape { definition: ShapeDefinition, relation: Relation, snapshot: SnapshotBounds, pages: number }

export class Shape {
  readonly handle: string
  readonly definition: ShapeDefinition
  readonly relation: Relation
  readonly projection: Projection
  readonly folder: string
  readonly log: ShapeLog
  snapshot: SnapshotBounds | undefined
  state: State = 'writing'
  /** Pages of the snapshot that can be read. */
  pages = 0
  /** Why the snapshot failed. */
  failure: unknown
  /** When it was last asked for, or let go by a reader: ms of a clock that stands still while the machine sleeps. */
  askedAt = performance.now()
  /** Requests that are reading it or waiting on it. */
  readers = 0
  private listeners = new Set<() => void>()

  constructor(handle: string, definition: ShapeDefinition, relation: Relation, folder: string, bounds: LogBounds) {
    this.handle = handle
    this.definition = definition
    this.relation = relation
    this.projection = { relation, columns: definition.columns, full: definition.replica === 'full' }
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    this.log = new ShapeLog(folder, bounds)
  }

  /** Reads a shape back; nothing where its snapshot was never finished. */
  static load(folder: string, bounds: LogBounds): Shape | undefined {
    const file = path.join(folder, 'shape.json')
    if (!existsSync(file)) return undefined
    const stored = JSON.parse(readFileSync(file, 'utf8')) as StoredShape
    const shape = new Shape(path.basename(folder), stored.definition, stored.relation, folder, bounds)
    shape.snapshot = stored.snapshot
    shape.pages = stored.pages
    shape.state = 'live'
    shape.log.allow(shape.snapshotBytes())
    return shape
  }

  pageFile(page: number): string {
    return path.join(this.folder, `page-${page}.json`)
  }

  pageBytes(page: number): number {
    return statSync(this.pageFile(page)).size
  }

  private snapshotBytes(): number {
    let bytes = 0
    for (let page = 0; page < this.pages; page++) bytes += this.pageBytes(page)
    return bytes
  }

  /** Another page can be read. */
  pageWritten(): void {
    this.pages++
    this.wake()
  }

  /** All pages are on disk: from now on the shape outlives this process. */
  finish(): void {
    if (this.state !== 'writing' || !this.snapshot) return
    const stored: StoredShape = { definition: this.definition, relation: this.relation, snapshot: this.snapshot, pages: this.pages }
    const file = path.join(this.folder, 'shape.json')
    writeFileSync(`${file}.new`, JSON.stringify(stored))
    renameSync(`${file}.new`, file)
    this.state = 'live'
    this.log.allow(this.snapshotBytes())
    // Whoever asked for it could not read all of it before now.
    this.askedAt = performance.now()
    this.wake()
  }

  /** The end of the shape. Its file goes first: a kill in the middle must not bring it back. */
  end(failure?: unknown): void {
    if (this.state === 'void') return
    this.state = 'void'
    this.failure = failure
    rmSync(path.join(this.folder, 'shape.json'), { force: true })
    this.wake()
    // Answers still streaming a page hold it open; the folder may go.
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Whether a transaction holds anything that this shape has neither in its snapshot nor in its log. */
  needs(transaction: TransactionId): boolean {
    if (this.state === 'void' || !this.snapshot) return false
    if (this.log.end.lsn >= transaction.lsn) return false
    return transaction.lsn > this.snapshot.walEnd || !isVisible(this.snapshot, transaction.xid)
  }

  /** Counts a reader for as long as `read` runs; meanwhile the shape is not dropped for being unused. */
  async readBy(read: () => Promise<void>): Promise<void> {
    this.readers++
    this.askedAt = performance.now()
    try {
      await read()
    }
    finally {
      this.readers--
      this.askedAt = performance.now()
    }
  }

  /** Calls back at every change of what can be read, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  wake(): void {
    for (const listener of [...this.listeners]) listener()
  }
}
