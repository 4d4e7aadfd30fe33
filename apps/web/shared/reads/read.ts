import * as z from 'zod/mini'

/** A row as it comes out of a query: column name to value. */
export type SchemaObject = object

/** Parameters of a read, by name. */
export type ReadParams = Record<string, unknown>

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
  /** Carries the row's type only; never set. */
  readonly row?: Row
}

/** The parameter that most reads have: any text that PostgreSQL takes for a uuid in its usual spelling. */
export const uuid = () => z.guid()

interface Definition<Shape extends Record<string, z.ZodMiniType>> {
  name: string
  sql: string
  views: readonly string[]
  /** Parameter name to schema, in the order of $1, $2, … */
  input: Shape
}

/**
 * Defines a read; see `Read`. The row's type comes first, in a call of its own, because TypeScript infers either all
 * type arguments or none: `defineRead<FolderRow>()({ … })`.
 */
export function defineRead<Row extends SchemaObject>() {
  return <Shape extends Record<string, z.ZodMiniType>>(definition: Definition<Shape>): Read<z.output<z.ZodMiniObject<Shape>>, Row> => {
    return { ...definition, input: z.strictObject(definition.input), params: Object.keys(definition.input) }
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
