/** A row as it comes out of a query: column name to value. */
export type SchemaObject = object

/**
 * A named read: one SQL text over the views in `app_read`, which exist under the same names in the browser and on the
 * server. A page names it and gives parameters; SQL never travels.
 */
export interface Read<Params extends Record<string, unknown>, Row extends SchemaObject> {
  readonly name: string
  readonly sql: string
  /** The views that the text reads: when one of them changes, a live read runs again. */
  readonly views: readonly string[]
  /** Names of the parameters in the order of $1, $2, … */
  readonly params: readonly (keyof Params & string)[]
  /** Carries the row's type only; never set. */
  readonly row?: Row
}

/** Defines a read; see `Read`. */
export function defineRead<Params extends Record<string, unknown>, Row extends SchemaObject>(read: Read<Params, Row>): Read<Params, Row> {
  return read
}

/** The parameters in the order of the SQL text. */
export function positional<Params extends Record<string, unknown>>(read: Pick<Read<Params, SchemaObject>, 'params'>, params: Params): unknown[] {
  return read.params.map(name => params[name])
}
