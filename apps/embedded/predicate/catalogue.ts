// What Postgres' catalogue says of the functions, operators and types that a where names.
import type pg from 'pg'
import { errorAt } from './error.ts'
import type { Mentions } from './tree.ts'

// Marked immutable, yet more than a function of their arguments, or a way to use up memory at once: text search
// reads dictionary files, XML brings a parser of its own, the fillers make a gigabyte out of a few characters.
const REFUSED = /^(?:pg_|xml|xpath|ts_|to_ts|repeat$|lpad$|rpad$|array_fill$|lo_|query_to|table_to|cursor_to|schema_to|database_to|binary_upgrade)/

const FUNCTIONS = `
  SELECT DISTINCT p.proname AS name FROM pg_catalog.pg_proc p
   WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY($1::text[]) AND p.prokind = 'f'
     AND NOT p.proretset AND p.provolatile = 'i' AND p.prorettype <> 'void'::regtype
     AND NOT EXISTS (SELECT 1 FROM unnest(p.proargtypes) AS a(type) WHERE a.type IN (SELECT oid FROM pg_catalog.pg_type WHERE typname LIKE 'reg%' OR typname IN ('internal', 'cstring')))`

const OPERATORS = `
  SELECT DISTINCT o.oprname AS name FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
   WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprname = ANY($1::text[]) AND p.provolatile = 'i'`

// Types of extensions bring functions of their own; domains run the checks of whoever made them.
const TYPES = `
  SELECT n.nspname AS schema, t.typname AS name FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   WHERE t.typname = ANY($1::text[]) AND t.typname NOT LIKE 'reg%' AND t.typname NOT LIKE '\\_reg%'
     AND (t.typtype = 'e' OR (n.nspname = 'pg_catalog' AND t.typtype IN ('b', 'r', 'm')
     AND t.typname NOT IN ('xml', '_xml', 'refcursor', '_refcursor', 'aclitem', '_aclitem', 'pg_node_tree', 'tsvector', '_tsvector', 'tsquery', '_tsquery')))`

/** Throws PredicateError at the first function, operator or type that has no immutable form among Postgres' own. */
export async function checkNames(client: pg.ClientBase, where: string, mentions: Mentions): Promise<void> {
  const functions = await found(client, FUNCTIONS, mentions.functions.map(({ value }) => last(value.name)))
  for (const { value, at } of mentions.functions) {
    const name = last(value.name)
    const own = value.name.length === 1 || (value.name.length === 2 && value.name[0] === 'pg_catalog')
    if (!own || !functions.has(name) || REFUSED.test(name)) throw errorAt(where, at, `unknown or unsupported function ${value.name.join('.')}/${value.args}`)
  }
  const operators = await found(client, OPERATORS, mentions.operators.map(({ value }) => value))
  for (const { value, at } of mentions.operators) {
    if (!operators.has(value)) throw errorAt(where, at, `unknown or unsupported operator ${value}`)
  }
  const types = await found(client, TYPES, mentions.types.map(({ value }) => last(value)))
  for (const { value, at } of mentions.types) {
    const [schema, name] = value.length === 1 ? ['pg_catalog', value[0]] : value
    if (value.length > 2 || !types.has(`${schema}.${name}`)) throw errorAt(where, at, `unknown or unsupported type ${value.join('.')}`)
  }
}

async function found(client: pg.ClientBase, query: string, names: string[]): Promise<Set<string>> {
  if (!names.length) return new Set()
  const result = await client.query<{ schema?: string, name: string }>(query, [[...new Set(names)]])
  return new Set(result.rows.map(row => (row.schema === undefined ? row.name : `${row.schema}.${row.name}`)))
}

function last(name: string[]): string {
  return name.at(-1) ?? ''
}
