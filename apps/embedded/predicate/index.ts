// The guard of a shape's where. It comes from a request, so nothing in it is believed:
//
//   text -> tokens (Postgres' scanner) -> tree (Postgres' grammar, named nodes only) -> names (catalogue: immutable)
//        -> probe (Postgres' own judgement for the actual types) -> a Predicate
import type pg from 'pg'
import { isDeepStrictEqual } from 'node:util'
import { loadModule, type Node } from 'libpg-query'
import { checkNames } from './catalogue.ts'
import { PredicateError, errorAt } from './error.ts'
import { inProbe, probe, probeValues, type ProbeColumn } from './probe.ts'
import { joinTokens, tokensOf, type Tokens } from './tokens.ts'
import { mentionsOf, parseExpression, type Mentions } from './tree.ts'

export { PredicateError } from './error.ts'

/** A where that may be run on the table whose columns it was checked with. */
export interface Predicate {
  /** One boolean expression: single spaces, bare column names, parameters `$1` … `$n` without gaps. */
  sql: string
  /** The values of `$1` … `$n`, each of them proved to be of its type. */
  params: string[]
  /** Their types, as SQL writes them. */
  types: string[]
  /** Names of the columns it reads, sorted. */
  columns: string[]
}

export interface PredicateRequest {
  where: string
  /** By number, `1` for `$1`; more than the where mentions is no error. */
  params: Record<string, string>
  table: { schema: string, name: string, columns: ProbeColumn[] }
}

/**
 * Lends a connection that nobody else uses meanwhile. It should be logged in as a role that may read nothing but can
 * make temporary tables.
 */
export type Ask = <T>(use: (client: pg.ClientBase) => Promise<T>) => Promise<T>

interface Form { sql: string, types: string[], columns: string[], params: { number: number, at: number }[] }

const REMEMBERED = 1_000
/** Forms and values that passed, by connection lender: a where is asked for with every long poll. */
const passed = new WeakMap<Ask, { forms: Map<string, Form>, values: Map<string, Predicate> }>()

/** The where in its one form. Throws PredicateError when it, or a value for it, cannot be used. */
export async function checkPredicate(request: PredicateRequest, ask: Ask): Promise<Predicate> {
  const memory = passed.get(ask) ?? { forms: new Map<string, Form>(), values: new Map<string, Predicate>() }
  passed.set(ask, memory)
  const { where, params, table } = request
  const formKey = JSON.stringify([table.schema, table.name, table.columns.map(column => [column.name, column.sqlType]), where])
  let form = memory.forms.get(formKey)
  if (!form) {
    await loadModule()
    form = await formOf(request, ask)
    remember(memory.forms, formKey, form)
  }
  const values = form.params.map(({ number, at }) => ({ text: valueOf(where, params, number, at), at }))
  const valueKey = JSON.stringify([formKey, values.map(value => value.text)])
  let predicate = memory.values.get(valueKey)
  if (!predicate) {
    const { sql, types, columns } = form
    if (values.length) await ask(client => inProbe(client, () => probeValues(client, where, types, values)))
    predicate = { sql, types, columns, params: values.map(value => value.text) }
    remember(memory.values, valueKey, predicate)
  }
  return predicate
}

async function formOf({ where, params, table }: PredicateRequest, ask: Ask): Promise<Form> {
  const tokens = tokensOf(where)
  const expression = parseExpression(where)
  const mentions = mentionsOf(where, expression)
  const columns = columnsOf(where, mentions, table)
  const used = [...new Map(mentions.params.map(param => [param.value, param])).values()].sort((a, b) => a.value - b.value)
  for (const { value, at } of used) valueOf(where, params, value, at)

  const number = new Map(used.map(({ value }, index) => [value, index + 1]))
  const withParams = (name: (n: number) => string): string => joinTokens(tokens, (token) => {
    if (token.tokenName === 'PARAM') return name(number.get(Number(token.text.slice(1))) ?? 0)
    return qualifiers(mentions, tokens).has(token) ? '' : undefined
  })
  const sql = withParams(n => `$${n}`)
  // What was judged must be what will run: the rewritten text has to parse to the same tree.
  if (!isDeepStrictEqual(plain(parseExpression(sql), number), plain(expression, number, true))) throw new PredicateError('The where cannot be written in one form; put it more simply.')

  const strings = mentions.strings.map(({ value }) => value)
  const { types } = await ask(client => inProbe(client, async () => {
    await checkNames(client, where, mentions)
    return probe(client, table.columns.filter(column => columns.includes(column.name)), sql, used.length, withParams, strings)
  }))
  return { sql, types, columns, params: used.map(({ value, at }) => ({ number: value, at })) }
}

function valueOf(where: string, params: Record<string, string>, number: number, at: number): string {
  const value = Object.hasOwn(params, String(number)) ? params[String(number)] : undefined
  if (value === undefined) throw errorAt(where, at, `parameter $${number} was not provided`)
  return value
}

function columnsOf(where: string, mentions: Mentions, table: PredicateRequest['table']): string[] {
  const names = mentions.columns.map(({ value, at }) => {
    const [name = '', tableName = table.name, schema = table.schema, ...rest] = [...value].reverse()
    const known = !rest.length && tableName === table.name && schema === table.schema && table.columns.some(column => column.name === name)
    if (!known) throw errorAt(where, at, `unknown reference ${value.join('.')}`)
    return name
  })
  return [...new Set(names)].sort()
}

/** The tokens of `schema.` and `table.` before a column's name: what is left is the same shape however it is written. */
function qualifiers(mentions: Mentions, { list }: Tokens): Set<Tokens['list'][number]> {
  const found = mentions.columns.flatMap(({ value, at }) => {
    const first = list.findIndex(token => token.start === at)
    return list.slice(first, first + 2 * (value.length - 1))
  })
  return new Set(found)
}

/** A tree without places, qualifiers and the request's numbering of parameters, for comparison. */
function plain(node: Node, number: Map<number, number>, original = false): unknown {
  return JSON.parse(JSON.stringify(node, (key, value: unknown) => {
    if (key === 'location' || key.endsWith('_start') || key.endsWith('_end')) return undefined
    if (key === 'ColumnRef' && isRecord(value) && Array.isArray(value['fields'])) return { fields: value['fields'].slice(-1) }
    if (original && key === 'ParamRef' && isRecord(value)) return { number: number.get(Number(value['number'])) }
    return value
  }))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  const [oldest] = map.keys()
  if (map.size >= REMEMBERED && oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}
