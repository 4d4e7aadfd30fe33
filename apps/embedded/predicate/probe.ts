// Postgres' own judgement of a where that passed every check of ours.
//
// A partial index may only have a predicate that Postgres itself has proved immutable, for the functions, operators
// and implicit casts that it chose for the actual types; no look-up of ours knows those. So the where becomes the
// predicate of an index on an empty temporary table with the columns of the asked one, in a transaction that is
// rolled back. Parameters are columns there: a value would be folded away, and with it what is to be judged.
import type pg from 'pg'
import { PredicateError, errorAt } from './error.ts'

const PROBE = 'mvdb_probe'
const TIMEOUT_MS = 1_000

/** Types whose text may mean "now": a where with one would change its mind as time goes by. */
const TIME_TYPE = /^(?:timestamp|date|time)\b|^(?:tsrange|tstzrange|daterange|tsmultirange|tstzmultirange|datemultirange)\b/
const TIME_WORD = /\b(?:now|today|tomorrow|yesterday)\b/i
const SECRET_TYPE = /^(?:pg_catalog\.)?reg|^xml\b|^tsvector\b|^tsquery\b/

export interface ProbeColumn { name: string, sqlType: string }

export interface Probed {
  /** Types of `$1` … `$n`, as SQL writes them. */
  types: string[]
}

/** Runs `use` in a transaction that can change nothing that lasts and that gives up after a second a statement. */
export async function inProbe<T>(client: pg.ClientBase, use: () => Promise<T>): Promise<T> {
  await client.query(`BEGIN READ WRITE; SET LOCAL search_path = pg_catalog; SET LOCAL TimeZone = 'UTC'; SET LOCAL standard_conforming_strings = on; SET LOCAL statement_timeout = ${TIMEOUT_MS}`)
  try {
    return await use()
  }
  finally {
    await client.query('ROLLBACK')
  }
}

/**
 * Asks Postgres whether `sql` is a boolean, immutable expression of the columns. `withParams` gives its text with
 * other names for its `count` parameters. Runs inside `inProbe`. Throws PredicateError.
 */
export async function probe(client: pg.ClientBase, columns: ProbeColumn[], sql: string, count: number, withParams: (name: (n: number) => string) => string, strings: string[]): Promise<Probed> {
  for (const column of columns) checkType(column.sqlType, `column ${column.name}`)
  const definitions = columns.map(column => `${quote(column.name)} ${column.sqlType}`)
  await client.query(`CREATE TEMPORARY TABLE ${PROBE} (${definitions.join(', ')}) ON COMMIT DROP`)
  const types = await explained(() => parameterTypes(client, sql, count))
  for (const [index, type] of types.entries()) checkType(type, `parameter $${index + 1}`)
  // A column of the table may have any name: take ones for the parameters that none has.
  let prefix = 'mvdb_p'
  while (columns.some(column => column.name.startsWith(prefix))) prefix += '_'
  for (const [index, type] of types.entries()) await client.query(`ALTER TABLE ${PROBE} ADD COLUMN ${prefix}${index + 1} ${type}`)
  const predicate = withParams(n => `${prefix}${n}`)
  await explained(() => client.query(`CREATE INDEX ON ${PROBE} ((1)) WHERE (${predicate}\n)`))
  // An index whose predicate is always true keeps none, and what it was made of was constants: deparsed all the same.
  const kept = await client.query<{ sql: string | null }>(`SELECT pg_get_expr(indpred, indrelid) AS sql FROM pg_index WHERE indrelid = 'pg_temp.${PROBE}'::regclass`)
  const usesTime = TIME_WORD.test(strings.join(' ')) && /::(?:time|date|tsrange|tstzrange|tsmulti|tstzmulti)/.test(kept.rows[0]?.sql ?? '')
  if (usesTime) throw new PredicateError('A where cannot mean the current time: give a fixed one.')
  return { types }
}

/** Rejects values that are not of their parameter's type, at the place of the parameter. Runs inside `inProbe`. */
export async function probeValues(client: pg.ClientBase, where: string, types: string[], values: { text: string, at: number }[]): Promise<void> {
  for (const [index, { text, at }] of values.entries()) {
    const type = types[index] ?? 'text'
    if (text.includes('\0')) throw errorAt(where, at, 'a parameter holds a NUL character')
    if (TIME_TYPE.test(type) && TIME_WORD.test(text)) throw errorAt(where, at, 'a parameter cannot mean the current time: give a fixed one')
    try {
      await client.query(`SELECT $1::text::${type}`, [text])
    }
    catch (error) {
      if (codeOf(error)?.startsWith('22')) throw errorAt(where, at, `invalid syntax for type ${type}: ${text}`)
      throw error
    }
  }
}

async function parameterTypes(client: pg.ClientBase, sql: string, count: number): Promise<string[]> {
  if (!count) return []
  await client.query(`PREPARE ${PROBE} AS SELECT 1 FROM pg_temp.${PROBE} WHERE (${sql}\n)`)
  // With -1, not NULL: `character` as a cast means one character, `bpchar` any number.
  const found = await client.query<{ types: string[] }>(
    `SELECT ARRAY(SELECT format_type(t, -1) FROM unnest(parameter_types) WITH ORDINALITY AS p(t, n) ORDER BY n) AS types FROM pg_prepared_statements WHERE name = '${PROBE}'`)
  await client.query(`DEALLOCATE ${PROBE}`)
  return found.rows[0]?.types ?? []
}

function checkType(type: string, what: string): void {
  if (SECRET_TYPE.test(type)) throw new PredicateError(`The ${what} has type ${type}, which cannot be used in a where.`)
}

/** Turns Postgres' refusal of the expression into ours; anything else (a lost connection) goes on as it is. */
async function explained<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  }
  catch (error) {
    const code = codeOf(error)
    if (code === '42P17') throw new PredicateError('The where must be immutable: it may not depend on time, settings or anything but the row.')
    if (code === '42804' && error instanceof Error && /argument of WHERE/.test(error.message)) throw new PredicateError('WHERE clause must return a boolean')
    // 22 data, 42 syntax and names, 0A not supported, 54 too complex, 57014 took longer than a second.
    if (code && (/^(?:22|42|0A|54|21|2F|39)/.test(code) || code === '57014')) throw new PredicateError(error instanceof Error ? error.message : 'Postgres refuses the where.')
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
