import { createHash } from 'node:crypto'
import { getTableConfig, PgDialect, type AnyPgTable, type IndexColumn } from 'drizzle-orm/pg-core'
import { is, SQL } from 'drizzle-orm'
import type { Entity } from '../../apps/web/shared/catalogue/entities'
import type { ShapeDefinition } from '../../apps/web/shared/catalogue/shapes'
import { lengthOf } from '../../apps/web/shared/catalogue/texts'

export interface Catalogue {
  entities: Record<string, Entity>
  shapes: Record<string, ShapeDefinition>
}

interface Column { name: string, type: string, notNull: boolean }

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Columns of a table as the database knows them, in the order of definition. */
export function columnsOf(table: AnyPgTable): Column[] {
  return getTableConfig(table).columns.map(column => ({
    name: column.name, type: column.getSQLType(), notNull: column.notNull,
  }))
}

/** The primary key's columns; every entity has one of a single column, and a composite one is not supported. */
export function primaryKeyOf(table: AnyPgTable): string {
  const keys = getTableConfig(table).columns.filter(column => column.primary)
  if (keys.length !== 1 || !keys[0]) throw new Error(`${getTableConfig(table).name}: an entity has exactly one key column`)
  return keys[0].name
}

/**
 * The browser's tables: the server's columns and types, a primary key and the chosen plain indexes. No foreign keys and
 * no other constraint, because shapes arrive independently of each other. One view a table in `app_read` is what pages read.
 */
export function localSchema({ entities, shapes }: Catalogue): string[] {
  const statements = ['CREATE SCHEMA IF NOT EXISTS app_read', 'CREATE SCHEMA IF NOT EXISTS overlay']
  const made = new Set<string>()
  for (const shape of Object.values(shapes)) {
    if (made.has(shape.localTable)) continue
    made.add(shape.localTable)
    const entity = entities[shape.entity]
    if (!entity) throw new Error(`shape of unknown entity ${shape.entity}`)
    const columns = columnsOf(entity.table).map(c => `${quote(c.name)} ${c.type}${c.notNull ? ' NOT NULL' : ''}`)
    const primaryKey = `PRIMARY KEY (${quote(primaryKeyOf(entity.table))})`
    statements.push(`CREATE TABLE ${quote(shape.localTable)} (${[...columns, primaryKey].join(', ')})`)
    statements.push(...localIndexes(entity, shape.localTable))
    statements.push(`CREATE VIEW app_read.${quote(shape.localTable)} AS SELECT * FROM public.${quote(shape.localTable)}`)
    // What another shape says of the same entity nobody edits: see `memberships`.
    if (shape.localTable === shape.entity) statements.push(originals(entity))
  }
  return statements
}

/**
 * What the server has of the rows that unsent edits changed here: a row that is not there (`absent`) has its key alone,
 * and the column that tells whose shape it would be in.
 */
function originals({ table }: Entity): string {
  const columns = columnsOf(table).map(c => `${quote(c.name)} ${c.type}`).join(', ')
  return `CREATE TABLE overlay.${quote(getTableConfig(table).name)} (${columns}, absent boolean NOT NULL, PRIMARY KEY (${quote(primaryKeyOf(table))}))`
}

function localIndexes(entity: Entity, localTable: string): string[] {
  const config = getTableConfig(entity.table)
  if (localTable !== config.name) return []
  return entity.localIndexes.map((name) => {
    const found = config.indexes.find(index => index.config.name === name)
    if (!found) throw new Error(`${config.name} has no index ${name}`)
    const columns = found.config.columns.map((column) => {
      if (is(column, SQL)) throw new Error(`${name}: an index over an expression is not made locally`)
      return quote((column as IndexColumn).name ?? '')
    })
    return `CREATE INDEX ${quote(name)} ON ${quote(localTable)} (${columns.join(', ')})${condition(found.config.where)}`
  })
}

/** Which rows a partial index holds. */
function condition(where: SQL | undefined): string {
  if (!where) return ''
  const { sql, params } = new PgDialect().sqlToQuery(where)
  if (params.length > 0) throw new Error(`a condition with parameters cannot be said locally: ${sql}`)
  return ` WHERE ${sql}`
}

const TYPES: Record<string, { ts: string, zod: string }> = {
  'uuid': { ts: 'string', zod: 'z.uuid()' },
  'text': { ts: 'string', zod: 'z.string()' },
  'text[]': { ts: 'string[]', zod: 'z.array(z.string())' },
  'boolean': { ts: 'boolean', zod: 'z.boolean()' },
  'integer': { ts: 'number', zod: 'z.int()' },
  'bigint': { ts: 'number', zod: 'z.int()' },
  'jsonb': { ts: 'Record<string, unknown>', zod: 'z.record(z.string(), z.unknown())' },
  'timestamp with time zone': { ts: 'Date', zod: 'z.coerce.date()' },
}

function typeOf(column: Column) {
  const type = TYPES[column.type]
  if (!type) throw new Error(`${column.name}: teach scripts/catalogue/derive.ts the type ${column.type}`)
  return type
}

/** The source of a column's validator. */
function validatorOf(entity: string, column: Column): string {
  const { zod } = typeOf(column)
  const whole = column.type === 'text' ? `${zod}.check(...textOf(${lengthOf(entity, column.name)}))` : zod
  return column.notNull ? whole : `z.nullable(${whole})`
}

/** A hash of what the browser's tables are: part of the database's name, so that another schema is another database. */
export function schemaVersion(catalogue: Catalogue): string {
  return createHash('sha256').update(localSchema(catalogue).join(';\n')).digest('hex').slice(0, 8)
}

/** The module that the browser has in place of drizzle: shapes with their columns, DDL, row types, validators. */
export function browserModule(catalogue: Catalogue): string {
  const { entities, shapes } = catalogue
  const shapeFacts = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => {
    const { table } = entities[shape.entity] as Entity
    return [name, { ...shape, name, primaryKey: primaryKeyOf(table), columns: columnsOf(table) }]
  }))
  const rows = Object.values(entities).map(({ table, singular }) => [
    `export interface ${singular}Row {`,
    ...columnsOf(table).map(c => `  ${c.name}: ${typeOf(c).ts}${c.notNull ? '' : ' | null'}`),
    '}',
  ].join('\n'))
  const validators = Object.entries(entities).map(([name, { table }]) => [
    `  ${name}: z.strictObject({`,
    ...columnsOf(table).map(c => `    ${c.name}: ${validatorOf(name, c)},`),
    '  }),',
  ].join('\n'))
  return [
    '// Made by `pnpm generate` from shared/catalogue: change that, never this.',
    'import * as z from \'zod/mini\'',
    'import type { ShapeDefinition, ShapeName } from \'../catalogue/shapes\'',
    'import { textOf } from \'../catalogue/texts\'',
    '',
    'export interface LocalColumn { readonly name: string, readonly type: string, readonly notNull: boolean }',
    'export interface LocalShape extends ShapeDefinition { readonly name: ShapeName, readonly primaryKey: string, readonly columns: readonly LocalColumn[] }',
    '',
    `export const SCHEMA_VERSION = ${JSON.stringify(schemaVersion(catalogue))}`,
    `export const LOCAL_SCHEMA: readonly string[] = ${JSON.stringify(localSchema(catalogue), null, 2)}`,
    `export const LOCAL_SHAPES: Readonly<Record<ShapeName, LocalShape>> = ${JSON.stringify(shapeFacts, null, 2)}`,
    '',
    ...rows,
    '',
    'export const validators = {',
    ...validators,
    '}',
    '',
  ].join('\n')
}

/** A module of its own, because every page loads it: who may write what. */
export function rolesModule({ entities }: Catalogue): string {
  const writers = Object.fromEntries(Object.entries(entities).map(([name, { writableBy }]) => [name, writableBy]))
  return [
    '// Made by `pnpm generate` from shared/catalogue: change that, never this.',
    'import type { EntityName } from \'../catalogue/entities\'',
    'import type { Role } from \'../catalogue/roles\'',
    '',
    `export const WRITABLE_BY: Readonly<Record<EntityName, readonly Role[]>> = ${JSON.stringify(writers, null, 2)}`,
    '',
  ].join('\n')
}
