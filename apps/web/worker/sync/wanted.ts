import type { ShapeName } from '#shared/catalogue/shapes'
import { ROLES, type Role } from '#shared/catalogue/roles'
import { LOCAL_SHAPES, type LocalShape } from '#shared/generated/catalogue.gen'

/** One shape of one scope: what is synced, kept and thrown away as a whole. */
export interface WantedShape {
  readonly key: string
  readonly definition: LocalShape
  /** The company, or null for the shapes of the user. */
  readonly company: string | null
  /** The id that the rows are bound to. */
  readonly scope: string
}

/** A row of the local table `memberships`, as far as it decides what is synced. */
export interface Membership {
  id: string
  company_id: string
  role: string
  /** Changes with each change of the row. */
  row_version: number
}

/** In this order they are asked for: what a first page shows comes first. */
const ORDER: readonly ShapeName[] = ['company', 'workspaces', 'folders', 'members', 'groups', 'group-members', 'leads']

function shapeOf(name: ShapeName, scope: string): WantedShape {
  const definition = LOCAL_SHAPES[name]
  const isUser = definition.scope === 'user'
  return { key: `${definition.scope}-${scope}${definition.keySuffix}`, definition, company: isUser ? null : scope, scope }
}

/** The two shapes that every user has. */
export const userShapes = (userId: string): WantedShape[] => [shapeOf('user', userId), shapeOf('memberships', userId)]

/** All shapes of a company, whoever may see them. */
export function companyShapes(company: string): WantedShape[] {
  const names = Object.values(LOCAL_SHAPES).filter(shape => shape.scope === 'company').map(shape => shape.name)
  return names.sort((a, b) => place(a) - place(b)).map(name => shapeOf(name, company))
}

// A shape that nobody has placed comes last.
const place = (name: ShapeName) => ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length

/** The shapes of a company that a role may see. */
export function visibleShapes({ company_id, role }: Membership): WantedShape[] {
  if (!isRole(role)) return []
  return companyShapes(company_id).filter(shape => shape.definition.visibleTo.includes(role))
}

const isRole = (role: string): role is Role => (ROLES as readonly string[]).includes(role)

/** The shapes of companies by their keys; a key that no shape has is left out. */
export function shapesOf(keys: Iterable<string>): WantedShape[] {
  const wanted = new Set(keys)
  const companies = new Set([...wanted].filter(key => key.startsWith('company-')).map(key => key.slice('company-'.length, 'company-'.length + 36)))
  return [...companies].flatMap(companyShapes).filter(shape => wanted.has(shape.key))
}
