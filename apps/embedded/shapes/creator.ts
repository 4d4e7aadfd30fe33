// Making a shape: publish its table, fix the moment of its snapshot, register it, write its pages.
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { withClient } from '../pools.ts'
import { parseLsn } from '../wal/changes.ts'
import { publishTable } from '../wal/publication.ts'
import { type Names, shapeRole } from '../postgres/names.ts'
import { definitionKey, newHandle, type ShapeDefinition } from './definition.ts'
import type { Dispatcher } from './dispatcher.ts'
import { type Relation, findRelation, quotedName } from './relation.ts'
import type { ShapeRegistry } from './registry.ts'
import type { Shape } from './shape.ts'
import { writeSnapshot } from './snapshot.ts'
import { parseSnapshot } from './visibility.ts'

/** A commit is visible a moment after it can be decoded; on a busy machine the moment may be long. */
const VISIBLE_WITHIN_MS = 5_000

/** The table changed while the shape was being made; asking again will find it as it is now. */
export class RelationChanged extends Error {}

export interface CreatorParts {
  registry: ShapeRegistry
  dispatcher: Dispatcher
  admin: pg.Pool
  readers: pg.Pool
  names: Names
  pageBytes: number
  /** Called when there is one more. */
  onMade: () => void
}

export class ShapeCreator {
  private readonly parts: CreatorParts
  private readonly making = new Map<string, Promise<Shape>>()

  constructor(parts: CreatorParts) {
    this.parts = parts
  }

  /**
   * A new shape, registered, its snapshot being written. Equal requests at the same time get the same one.
   * Rejects with RelationChanged, or with a StackError `table_locked`.
   */
  async create(definition: ShapeDefinition, relation: Relation): Promise<Shape> {
    const key = definitionKey(definition)
    const running = this.making.get(key)
    if (running) return await running
    const made = this.make(definition, relation).finally(() => this.making.delete(key))
    this.making.set(key, made)
    return await made
  }

  private async make(definition: ShapeDefinition, relation: Relation): Promise<Shape> {
    const { admin, readers, names, registry, dispatcher, pageBytes, onMade } = this.parts
    await withClient(admin, client => publishTable(client, names, { oid: relation.oid, schema: relation.schema, quoted: quotedName(relation) }))
    const reader = await readers.connect()
    try {
      const deadline = Date.now() + VISIBLE_WITHIN_MS
      while (Date.now() < deadline) {
        const shape = await dispatcher.exclusively(async () => {
          await reader.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL ROLE ${shapeRole(names, relation.oid)}`)
          const taken = await reader.query<{ snapshot: string, wal_end: string }>(
            'SELECT pg_current_snapshot()::text AS snapshot, pg_current_wal_insert_lsn()::text AS wal_end')
          const row = taken.rows[0]
          const snapshot = parseSnapshot(row?.snapshot ?? '', parseLsn(row?.wal_end ?? ''))
          if (dispatcher.isAheadOf(snapshot)) return undefined
          const now = await findRelation(reader, relation.schema, relation.name)
          if (now?.signature !== relation.signature) throw new RelationChanged()
          const made = registry.make(newHandle(definition), definition, relation)
          made.snapshot = snapshot
          registry.add(made)
          return made
        })
        if (shape) {
          void this.fill(shape, reader, pageBytes)
          onMade()
          return shape
        }
        await reader.query('ROLLBACK')
        await sleep(5)
      }
      throw new Error('no snapshot could be taken: a committed transaction stays invisible')
    }
    catch (error) {
      await endTransaction(reader)
      throw error
    }
  }

  private async fill(shape: Shape, reader: pg.PoolClient, pageBytes: number): Promise<void> {
    try {
      await writeSnapshot(reader, shape, pageBytes)
    }
    catch (error) {
      this.parts.registry.end(shape, error)
    }
    finally {
      await endTransaction(reader)
    }
  }
}

/** Gives a session back clean; one that cannot roll back is thrown away. */
async function endTransaction(reader: pg.PoolClient): Promise<void> {
  try {
    await reader.query('ROLLBACK')
    reader.release()
  }
  catch {
    reader.release(true)
  }
}
