import { entities, type EntityName } from './entities'
import { EVERYONE, type Role } from './roles'

/**
 * A named shape: which rows of which entity one viewer may hold. The browser knows its name only; the server
 * makes table, columns, where and params of it. Shapes never overlap in a local table, because each has either a
 * table or a value of `column` of its own.
 */
export interface ShapeDefinition {
  readonly entity: EntityName
  /** `user`: bound to the viewer's id. `company`: bound to a company that the viewer belongs to. */
  readonly scope: 'user' | 'company'
  /** The column that is compared with the id of the scope. */
  readonly column: string
  /** Rows with a tombstone are left out of the shape. */
  readonly livingOnly: boolean
  /** Where the rows go in the browser. */
  readonly localTable: string
  /** What follows `user-<id>` or `company-<id>` in the shape's key. */
  readonly keySuffix: string
  readonly visibleTo: readonly Role[]
}

const ofCompany = (entity: EntityName, keySuffix: string, column = 'company_id', livingOnly = false): ShapeDefinition => ({
  entity, scope: 'company', column, livingOnly, localTable: entity, keySuffix, visibleTo: entities[entity].visibleTo,
})

export const shapes = {
  'user': { entity: 'users', scope: 'user', column: 'id', livingOnly: false, localTable: 'users', keySuffix: '', visibleTo: EVERYONE },
  // A table of its own: these rows also come with each company's members, and no two shapes may share a row.
  'memberships': { entity: 'company_members', scope: 'user', column: 'user_id', livingOnly: false, localTable: 'memberships', keySuffix: '-memberships', visibleTo: EVERYONE },
  'company': ofCompany('companies', '', 'id', true),
  'members': ofCompany('company_members', '-members'),
  'groups': ofCompany('user_groups', '-groups'),
  'group-members': ofCompany('user_group_members', '-group-members'),
  'workspaces': ofCompany('workspaces', '-workspaces', 'company_id', true),
  'folders': ofCompany('folders', '-folders', 'company_id', true),
  'leads': ofCompany('leads', '-leads'),
} as const satisfies Record<string, ShapeDefinition>

export type ShapeName = keyof typeof shapes
