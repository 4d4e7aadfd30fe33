// What a client asks for, in the one form by which two requests for the same shape are known as such.
import { createHash } from 'node:crypto'
import type { Predicate } from '../predicate/index.ts'
import type { Relation } from './relation.ts'

export interface ShapeDefinition {
  schema: string
  name: string
  where?: Predicate
  /** Sorted; all columns of the table are written out, so that asking for all by name is the same shape. */
  columns: string[]
  replica: 'default' | 'full'
  /** No snapshot rows: only what changes from now on. */
  changesOnly: boolean
}

/** A text equal for equal definitions. */
export function definitionKey(definition: ShapeDefinition): string {
  const { schema, name, where, columns, replica, changesOnly } = definition
  return JSON.stringify([schema, name, where ? [where.sql, where.params] : null, columns, replica, changesOnly])
}

/** A new handle: which shape, and when it was made, in microseconds. Never the same twice in one process. */
export function newHandle(definition: ShapeDefinition): string {
  const digest = createHash('sha256').update(definitionKey(definition)).digest()
  lastMoment = Math.max(lastMoment + 1, Date.now() * 1000)
  return `${digest.readUInt32BE(0) % 2 ** 27}-${lastMoment}`
}
let lastMoment = 0

/** The columns of a definition as the table has them. */
export function selectedColumns(relation: Relation, definition: ShapeDefinition): Relation['columns'] {
  return relation.columns.filter(column => definition.columns.includes(column.name))
}
