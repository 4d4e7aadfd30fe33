import { LOCAL_SHAPES, type LocalShape } from '../../shared/generated/catalogue.gen'
import type { ShapeName } from '../../shared/catalogue/shapes'
import { Refusal } from '../http/refusal'

/** One shape as one viewer may ask for it: the definition, and the id that its rows are compared with. */
export interface BoundShape {
  readonly definition: LocalShape
  /** The viewer's id, or the company's. */
  readonly scopeId: string
}

/** The definition of a name. Throws `unknown_shape`. */
export function findShape(name: string): LocalShape {
  if (!Object.hasOwn(LOCAL_SHAPES, name)) throw new Refusal('unknown_shape')
  return LOCAL_SHAPES[name as ShapeName]
}

const quote = (name: string) => `"${name}"`

/** The `where` of a shape; `$1` is the id of its scope. */
export function predicateOf({ column, livingOnly }: LocalShape): string {
  const own = `${quote(column)} = $1`
  return livingOnly ? `${own} AND ${quote('deleted_at')} IS NULL` : own
}

/** What Electric is told of a shape: table, columns, where and params, all from the catalogue and the session. */
export function upstreamParameters({ definition, scopeId }: BoundShape): Record<string, string> {
  return {
    'table': definition.entity,
    'columns': definition.columns.map(column => column.name).join(','),
    'where': predicateOf(definition),
    'params[1]': scopeId,
  }
}
