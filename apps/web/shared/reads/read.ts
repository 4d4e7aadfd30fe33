import * as z from 'zod/mini'

/** A row as it comes out of a query: column name to value. */
export type SchemaObject = object

/** Parameters of a read, by name. */
export type ReadParams = Record<string, unknown>

/**
 * Whose rows a read needs, which decides when the local copy can answer it:
 * - `user`: the person's own shapes only;
 * - `company`: those of the company that its parameter `company` names;
 * - `companies`: those of all companies of the person;
 * - a view and a parameter: those of the company that the row of this view with this id belongs to.
 */
export type ReadScope = 'user' | 'company' | 'companies' | { readonly view: 'workspaces' | 'folders', readonly id: string }

/**
 * A named read: one SQL text over the views in `app_read`, which exist under the same names in the browser and on the
 * server and hold living rows only. A page names it and gives parameters; SQL never travels.
 */
export interface Read<Params extends ReadParams, Row extends SchemaObject> {
  readonly name: string
  readonly sql: string
  /** Views that the text reads, without the schema: when a table behind one of them changes, a live read runs again. */
  readonly views: readonly string[]
  /** Names of the parameters in the order of $1, $2, … */
  readonly params: readonly string[]
  /** What the parameters must be. */
  readonly input: { readonly parse: (value: unknown) => Params }
  readonly scope: ReadScope
  /** Reads what only the browser has: the server is never asked for it. */
  readonly localOnly: boolean
  /** A live one runs again at most so often: for what reads all rows of a table, and would hold up every other read. */
  readonly everyMs?: number
  /** Carries the row's type only; never set. */
  readonly row?: Row
}

export type AnyRead = Read<ReadParams, SchemaObject>

/** The parameter that most reads have: any text that PostgreSQL takes for a uuid in its usual spelling. */
export const uuid = () => z.guid()

/**
 * How people look a name up, as an expression for ORDER BY: capital and small letters alike, then by code point. The two
 * Postgreses have languages of their own, and only the C collation sorts the same in both.
 */
export const byName = (column: string) => `lower(${column} COLLATE "C"), ${column} COLLATE "C"`

interface Definition<Shape extends Record<string, z.ZodMiniType>> {
  name: string
  sql: string
  views: readonly string[]
  /** Parameter name to schema, in the order of $1, $2, … */
  input: Shape
  /** `company` for a read with a parameter of this name, where nothing is said; `companies` for every other. */
  scope?: ReadScope
  localOnly?: boolean
  everyMs?: number
}

/**
 * Defines a read; see `Read`. The row's type comes first, in a call of its own, because TypeScript infers either all
 * type arguments or none: `defineRead<FolderRow>()({ … })`.
 */
export function defineRead<Row extends SchemaObject>() {
  return <Shape extends Record<string, z.ZodMiniType>>(definition: Definition<Shape>): Read<z.output<z.ZodMiniObject<Shape>>, Row> => {
    const params = Object.keys(definition.input)
    return {
      scope: params.includes('company') ? 'company' : 'companies', localOnly: false,
      ...definition, input: z.strictObject(definition.input), params,
    }
  }
}

/** The parameters in the order of the SQL text. Throws a ZodError where one is missing, unknown or of the wrong kind. */
export function positional<Params extends ReadParams>(read: Pick<Read<Params, SchemaObject>, 'params' | 'input'>, params: Params): unknown[] {
  const valid = read.input.parse(params)
  return read.params.map(name => valid[name])
}

/** The same check at the receiving end, where values arrive by position. Throws a ZodError. */
export function checkPositional(read: Pick<Read<ReadParams, SchemaObject>, 'params' | 'input'>, values: readonly unknown[]): unknown[] {
  z.array(z.unknown()).check(z.length(read.params.length)).parse(values)
  return positional(read, Object.fromEntries(read.params.map((name, place) => [name, values[place]])))
}
