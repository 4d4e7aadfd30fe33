import type { AnyPgTable } from 'drizzle-orm/pg-core'
import { EVERYONE, MANAGERS, STAFF, type Role } from './roles'
import * as tables from './tables'

/**
 * One entity: its table (columns, key, indexes) and our own plain facts about it.
 * Migrations, local DDL, shape requests, validators, row types and column lists all derive from this list.
 */
export interface Entity {
  readonly table: AnyPgTable
  /** Singular, for row types: `Folder` gives `FolderRow`. */
  readonly singular: string
  /** Roles whose holder may see the rows of their company; `users` is seen by its own person only. */
  readonly visibleTo: readonly Role[]
  /** Roles whose holder may write them. */
  readonly writableBy: readonly Role[]
  /** Names of the table's indexes that pay for themselves in the browser; each costs speed in the first sync. */
  readonly localIndexes: readonly string[]
}

export const entities = {
  users: { table: tables.users, singular: 'User', visibleTo: [], writableBy: [], localIndexes: [] },
  companies: { table: tables.companies, singular: 'Company', visibleTo: EVERYONE, writableBy: MANAGERS, localIndexes: [] },
  company_members: { table: tables.companyMembers, singular: 'CompanyMember', visibleTo: STAFF, writableBy: MANAGERS, localIndexes: [] },
  user_groups: { table: tables.userGroups, singular: 'UserGroup', visibleTo: STAFF, writableBy: STAFF, localIndexes: [] },
  user_group_members: { table: tables.userGroupMembers, singular: 'UserGroupMember', visibleTo: STAFF, writableBy: STAFF, localIndexes: ['user_group_members_group'] },
  workspaces: { table: tables.workspaces, singular: 'Workspace', visibleTo: EVERYONE, writableBy: STAFF, localIndexes: [] },
  folders: { table: tables.folders, singular: 'Folder', visibleTo: EVERYONE, writableBy: STAFF, localIndexes: ['folders_children', 'folders_recent'] },
  leads: { table: tables.leads, singular: 'Lead', visibleTo: STAFF, writableBy: STAFF, localIndexes: ['leads_company', 'leads_merged'] },
} as const satisfies Record<string, Entity>

export type EntityName = keyof typeof entities
