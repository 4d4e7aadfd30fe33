import type { PGliteInterface } from '@electric-sql/pglite'
import { LOCAL_SHAPES } from '#shared/generated/catalogue.gen'
import type { AnyRead } from '#shared/reads/read'
import { companyShapes, userShapes, visibleShapes, type Membership } from '../sync/wanted'

/** What the sync knows of the shapes that are here. */
export interface Held {
  /** The companies that the user belongs to; undefined until it is known what is here. */
  readonly memberships: readonly Membership[] | undefined
  /** Whether the copy of a shape was up to date at least once. */
  isComplete: (shapeKey: string) => boolean
}

/**
 * Whether the local copy holds everything that a read needs, so that nobody has to ask the server; undefined until it is
 * known. A company that is not in the list here may be one that was joined a moment ago: its reads are not complete.
 */
export async function isComplete(pg: PGliteInterface, held: Held, userId: string, read: AnyRead, values: readonly unknown[]): Promise<boolean | undefined> {
  if (read.localOnly) return true
  const { memberships } = held
  if (!memberships) return undefined
  const needed = new Set(Object.values(LOCAL_SHAPES).filter(shape => read.views.includes(shape.localTable)).map(shape => shape.name))
  const whole = (shapes: ReturnType<typeof companyShapes>) => shapes.every(shape => !needed.has(shape.definition.name) || held.isComplete(shape.key))
  if (!whole(userShapes(userId))) return false
  if (read.scope === 'company' && !memberships.some(({ company_id }) => company_id === String(values[read.params.indexOf('company')]).toLowerCase())) return false
  if (companyShapes('').every(shape => !needed.has(shape.definition.name))) return true

  const of = (company: string | undefined) => memberships.find(({ company_id }) => company_id === company)
  const place = typeof read.scope === 'object' ? String(values[read.params.indexOf(read.scope.id)]) : undefined
  const known = place === undefined ? undefined : foundIn(held).get(place)
  // Of a company that was left nothing is known any more: its rows are gone, and asking shows it.
  const named = of(known) ? known : await companyOf(pg, read, values)
  if (named !== undefined) {
    if (place !== undefined) remember(held, place, named)
    const membership = of(named)
    return membership !== undefined && whole(visibleShapes(membership))
  }
  const [, list] = userShapes(userId)
  return list !== undefined && held.isComplete(list.key) && memberships.every(membership => whole(visibleShapes(membership)))
}

/**
 * Which company a workspace or folder was found in: it never moves to another. Asking for it again before each run would
 * double the queries, and those of 20 lists all stand before the first list's rows.
 */
const found = new WeakMap<Held, Map<string, string>>()
const REMEMBERED = 1_000

function foundIn(held: Held): Map<string, string> {
  const here = found.get(held) ?? new Map<string, string>()
  found.set(held, here)
  return here
}

function remember(held: Held, place: string, company: string): void {
  const here = foundIn(held)
  if (here.size >= REMEMBERED) here.clear()
  here.set(place, company)
}

/** The company that a read is about; undefined where it is about all, or where the row that would tell is not here. */
async function companyOf(pg: PGliteInterface, { scope, params }: AnyRead, values: readonly unknown[]): Promise<string | undefined> {
  if (scope === 'user' || scope === 'companies') return undefined
  if (scope === 'company') return String(values[params.indexOf('company')]).toLowerCase()
  const { rows } = await pg.query<{ company_id: string }>(`SELECT company_id FROM app_read.${scope.view} WHERE id = $1`, [values[params.indexOf(scope.id)]])
  return rows[0]?.company_id
}
