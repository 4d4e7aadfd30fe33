// From a request to the shape it means: the table as it is now, the columns, the checked where.
import { type Ask, type Predicate, PredicateError, checkPredicate } from '../predicate/index.ts'
import { withClient } from '../pools.ts'
import type { Engine } from '../engine.ts'
import { StackError } from '../errors.ts'
import { RelationChanged } from '../shapes/creator.ts'
import { codeOf, isPredicateError } from '../shapes/sqlstate.ts'
import type { ShapeDefinition } from '../shapes/definition.ts'
import { type Relation, findRelation, quotedName } from '../shapes/relation.ts'
import type { Shape } from '../shapes/shape.ts'
import { Refusal, UNAVAILABLE, invalid, mustRefetch } from './errors.ts'
import type { ShapeRequest } from './request.ts'

export class Resolver {
  private readonly engine: Engine
  /** One function for all requests: what passed is remembered by it. */
  private readonly ask: Ask

  constructor(engine: Engine) {
    this.engine = engine
    this.ask = use => withClient(engine.checkers, use)
  }

  /** The shape to read from. Makes it where it does not exist. Throws a Refusal: 400, 409, 503. */
  async resolve(request: ShapeRequest): Promise<Shape> {
    const { relation, definition } = await this.define(request)
    const existing = this.engine.registry.ofDefinition(definition)
    if (request.offset === 'now') return existing ?? await this.create(definition, relation)
    if (request.offset.lsn < 0) {
      // Its snapshot is of no use any more once the log after it has been cut.
      if (existing?.log.isCut(request.offset)) this.engine.registry.end(existing)
      else if (existing) return existing
      return await this.create(definition, relation)
    }
    if (existing?.handle === request.handle && existing) {
      if (!existing.log.isCut(request.offset)) return existing
      this.engine.registry.end(existing)
    }
    const current = this.engine.registry.ofDefinition(definition) ?? await this.create(definition, relation)
    throw new Refusal(mustRefetch(current.handle))
  }

  /** The definition a request means, with the table it is on. Throws a Refusal. */
  async define(request: ShapeRequest): Promise<{ relation: Relation, definition: ShapeDefinition }> {
    const { schema, name } = request.table ?? { schema: '', name: '' }
    const relation = await this.orUnavailable(() => findRelation(this.engine.admin, schema, name))
    for (const shape of this.engine.registry.ofName(schema, name)) {
      // The log will say so too; a request that comes first must not be answered from the old table.
      if (shape.relation.signature !== relation?.signature) this.engine.registry.end(shape)
    }
    if (!relation) {
      throw new Refusal(invalid({ table: [`Table ${quotedName({ schema, name })} does not exist. If the table name contains capitals or special characters you must quote it.`] }))
    }
    const where = request.where === undefined ? undefined : await this.check(request.where, request.params, relation)
    const definition: ShapeDefinition = {
      schema,
      name,
      ...(where ? { where } : {}),
      columns: columnsOf(request, relation),
      replica: request.replica,
      changesOnly: request.changesOnly,
    }
    return { relation, definition }
  }

  private async create(definition: ShapeDefinition, relation: Relation): Promise<Shape> {
    try {
      return await this.engine.creator.create(definition, relation)
    }
    catch (error) {
      throw refusalOf(error)
    }
  }

  private async check(where: string, params: Record<string, string>, relation: Relation): Promise<Predicate> {
    const table = { schema: relation.schema, name: relation.name, columns: relation.columns }
    return await this.orUnavailable(() => checkPredicate({ where, params, table }, this.ask))
  }

  private async orUnavailable<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    }
    catch (error) {
      throw refusalOf(error)
    }
  }
}

/** The answer to whatever went wrong between here and Postgres. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof Refusal) return error
  if (error instanceof PredicateError) return new Refusal(invalid({ [error.field]: [error.message] }))
  if (error instanceof RelationChanged) return new Refusal(mustRefetch())
  if (error instanceof StackError && error.code === 'table_locked') return new Refusal(UNAVAILABLE)
  if (isPredicateError(error) && error instanceof Error) return new Refusal(invalid({ where: [error.message] }))
  // Everything else that carries a code is the connection: refused, reset, server starting or stopping.
  if (codeOf(error) || (error instanceof Error && /terminat|timeout|connection/i.test(error.message))) return new Refusal(UNAVAILABLE)
  return error
}

function columnsOf(request: ShapeRequest, relation: Relation): string[] {
  const all = relation.columns.map(column => column.name)
  if (!request.columns) return all
  const asked = request.columns
  const missing = relation.columns.filter(column => column.keyIndex !== undefined && !asked.includes(column.name)).map(column => column.name)
  const unknown = asked.filter(name => !all.includes(name))
  if (unknown.length) throw new Refusal(invalid({ columns: [`The following columns are not found on the table: ${unknown.join(', ')}`] }))
  if (missing.length) throw new Refusal(invalid({ columns: [`The list of columns must include all primary key columns, missing: ${missing.join(', ')}`] }))
  return all.filter(name => asked.includes(name))
}
