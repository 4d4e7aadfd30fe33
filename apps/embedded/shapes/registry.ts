// All shapes there are: by handle, by definition, by table; and their folders on disk.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { messageOf } from '../errors.ts'
import { log } from '../logging.ts'
import { definitionKey } from './definition.ts'
import type { LogBounds } from './log.ts'
import type { MatchedWhere } from './matcher.ts'
import { quotedName } from './relation.ts'
import { Shape } from './shape.ts'

/** Shapes of one table that share a where's text; one query decides for all of them. */
export interface ShapeGroup { where?: MatchedWhere, shapes: Shape[] }

export class ShapeRegistry {
  private readonly byHandle = new Map<string, Shape>()
  private readonly byDefinition = new Map<string, Shape>()
  private readonly byTable = new Map<number, Set<Shape>>()
  private readonly byName = new Map<string, Set<Shape>>()
  private readonly groups = new Map<number, ShapeGroup[]>()
  private readonly folder: string
  private readonly bounds: LogBounds
  private readonly identityFile: string
  /** Set while the shapes there are belong to a log that is no more. */
  private disowned = false

  constructor(folder: string, bounds: LogBounds) {
    this.folder = folder
    this.bounds = bounds
    this.identityFile = path.join(folder, 'identity')
    // Rows of every tenant lie here as plain text.
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
  }

  /** Shapes there are, also those being written. */
  get size(): number {
    return this.byHandle.size
  }

  /** Requests that are reading a shape or waiting on one. */
  get readers(): number {
    let readers = 0
    for (const shape of this.byHandle.values()) readers += shape.readers
    return readers
  }

  /**
   * Reads back the shapes of the last run. `identity` names the log they were built from and this boot of the
   * machine; where it differs from the stored one, or either is unknown, they may have missed changes and are dropped.
   */
  load(identity: string): void {
    const known = existsSync(this.identityFile) ? readFileSync(this.identityFile, 'utf8') : ''
    const usable = identity !== '' && known === identity
    for (const entry of readdirSync(this.folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue
      const folder = path.join(this.folder, entry.name)
      const shape = usable ? this.read(folder) : undefined
      if (shape) this.add(shape)
      else rmSync(folder, { recursive: true, force: true })
    }
    this.adopt(identity)
  }

  /**
   * The log is about to begin anew, so no shape made until now has all of it. Said on disk before it is done: killed
   * right after it, the next start finds a log like any other, and must find no identity.
   */
  disown(): void {
    this.disowned = true
    rmSync(this.identityFile, { force: true })
  }

  /** From here on shapes are built from the log of this identity; those made before a `disown` end. */
  adopt(identity: string): void {
    if (this.disowned) this.endAll()
    this.disowned = false
    // Not at every connection: a kill in the middle of writing costs all shapes.
    if (!existsSync(this.identityFile) || readFileSync(this.identityFile, 'utf8') !== identity) writeFileSync(this.identityFile, identity)
  }

  /** A folder that cannot be read is no reason not to start: its clients fetch the shape anew. */
  private read(folder: string): Shape | undefined {
    try {
      return Shape.load(folder, this.bounds)
    }
    catch (error) {
      log.warn(`A shape on disk cannot be read and is dropped: ${messageOf(error)}`)
      return undefined
    }
  }

  /** An empty shape of this definition, not yet known to anyone. */
  make(handle: string, ...rest: [Shape['definition'], Shape['relation']]): Shape {
    return new Shape(handle, rest[0], rest[1], path.join(this.folder, handle), this.bounds)
  }

  add(shape: Shape): void {
    this.byHandle.set(shape.handle, shape)
    this.byDefinition.set(definitionKey(shape.definition), shape)
    const table = this.byTable.get(shape.relation.oid) ?? new Set()
    this.byTable.set(shape.relation.oid, table.add(shape))
    const name = quotedName(shape.relation)
    this.byName.set(name, (this.byName.get(name) ?? new Set()).add(shape))
    this.groups.delete(shape.relation.oid)
  }

  /** Takes a shape out and ends it. Whoever waits on it is told. */
  end(shape: Shape, failure?: unknown): void {
    this.byHandle.delete(shape.handle)
    const key = definitionKey(shape.definition)
    if (this.byDefinition.get(key) === shape) this.byDefinition.delete(key)
    this.byTable.get(shape.relation.oid)?.delete(shape)
    this.byName.get(quotedName(shape.relation))?.delete(shape)
    this.groups.delete(shape.relation.oid)
    shape.end(failure)
  }

  private endAll(): void {
    for (const shape of [...this.byHandle.values()]) this.end(shape)
  }

  /** All shapes, the one that was not asked for the longest first. */
  leastRecentFirst(): Shape[] {
    return [...this.byHandle.values()].sort((a, b) => a.askedAt - b.askedAt)
  }

  ofHandle(handle: string): Shape | undefined {
    return this.byHandle.get(handle)
  }

  ofDefinition(definition: Shape['definition']): Shape | undefined {
    return this.byDefinition.get(definitionKey(definition))
  }

  /** The shapes of a table, by its oid. */
  ofTable(oid: number): Shape[] {
    return [...this.byTable.get(oid) ?? []]
  }

  /** The shapes of tables of this name, whatever their oid: a table made anew has another. */
  ofName(schema: string, name: string): Shape[] {
    return [...this.byName.get(quotedName({ schema, name })) ?? []]
  }

  groupsOf(oid: number): ShapeGroup[] {
    const known = this.groups.get(oid)
    if (known) return known
    const byText = new Map<string, ShapeGroup>()
    for (const shape of this.ofTable(oid)) {
      const where = shape.definition.where
      const text = JSON.stringify([where?.sql ?? null, shape.relation.signature])
      const group = byText.get(text) ?? { ...(where ? { where } : {}), shapes: [] }
      group.shapes.push(shape)
      byText.set(text, group)
    }
    const made = [...byText.values()]
    this.groups.set(oid, made)
    return made
  }
}
