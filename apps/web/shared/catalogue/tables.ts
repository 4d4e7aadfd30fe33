import { sql } from 'drizzle-orm'
import { boolean, check, foreignKey, index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { CHANGED_BY_PEOPLE } from './changed-by-people'
import { key, moment, position, stamps, tombstone } from './columns'
import { LEAD_STATUSES } from './lead-statuses'
import { ROLES } from './roles'

const listed = (words: readonly string[]) => sql.raw(words.map(word => `'${word}'`).join(', '))

export const users = pgTable('users', {
  id: key(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  avatar_url: text('avatar_url'),
  preferences: jsonb('preferences').$type<Record<string, unknown>>().notNull().default({}),
  last_login_at: moment('last_login_at'),
  is_active: boolean('is_active').notNull().default(true),
  ...stamps(),
}, t => [
  uniqueIndex('users_email').on(sql`lower(${t.email})`),
])

export const companies = pgTable('companies', {
  id: key(),
  name: text('name').notNull(),
  slug: text('slug').notNull().unique(),
  owner_id: uuid('owner_id').notNull().references(() => users.id),
  settings: jsonb('settings').$type<Record<string, unknown>>().notNull().default({}),
  ...stamps(),
  ...tombstone(),
}, t => [
  check('companies_slug', sql`${t.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$'`),
])

/** Carries the name, e-mail and picture that colleagues may see, so that no shape of `users` but one's own is needed. */
export const companyMembers = pgTable('company_members', {
  id: key(),
  company_id: uuid('company_id').notNull().references(() => companies.id),
  user_id: uuid('user_id').notNull().references(() => users.id),
  role: text('role').notNull(),
  name: text('name').notNull(),
  email: text('email').notNull(),
  avatar_url: text('avatar_url'),
  ...stamps(),
}, t => [
  unique('company_members_person').on(t.company_id, t.user_id),
  index('company_members_user').on(t.user_id),
  check('company_members_role', sql`${t.role} in (${listed(ROLES)})`),
])

export const userGroups = pgTable('user_groups', {
  id: key(),
  company_id: uuid('company_id').notNull().references(() => companies.id),
  name: text('name').notNull(),
  description: text('description').notNull().default(''),
  ...stamps(),
}, t => [
  unique('user_groups_tenant').on(t.company_id, t.id),
])

export const userGroupMembers = pgTable('user_group_members', {
  id: key(),
  company_id: uuid('company_id').notNull(),
  group_id: uuid('group_id').notNull(),
  user_id: uuid('user_id').notNull(),
  ...stamps(),
}, t => [
  unique('user_group_members_person').on(t.company_id, t.group_id, t.user_id),
  index('user_group_members_group').on(t.group_id),
  foreignKey({ name: 'user_group_members_group_tenant', columns: [t.company_id, t.group_id], foreignColumns: [userGroups.company_id, userGroups.id] }).onDelete('cascade'),
  foreignKey({ name: 'user_group_members_member_tenant', columns: [t.company_id, t.user_id], foreignColumns: [companyMembers.company_id, companyMembers.user_id] }).onDelete('cascade'),
])

export const workspaces = pgTable('workspaces', {
  id: key(),
  company_id: uuid('company_id').notNull().references(() => companies.id),
  name: text('name').notNull(),
  description: text('description').notNull().default(''),
  position: position(),
  ...stamps(),
  ...tombstone(),
}, t => [
  unique('workspaces_tenant').on(t.company_id, t.id),
])

export const folders = pgTable('folders', {
  id: key(),
  company_id: uuid('company_id').notNull(),
  workspace_id: uuid('workspace_id').notNull(),
  parent_id: uuid('parent_id'),
  name: text('name').notNull(),
  description: text('description').notNull().default(''),
  position: position(),
  ...stamps(),
  ...tombstone(),
}, t => [
  unique('folders_tenant').on(t.company_id, t.workspace_id, t.id),
  index('folders_children').on(t.workspace_id, t.parent_id),
  // What changed last in a company, for its home.
  index('folders_recent').on(t.company_id, t.updated_at, t.id).where(sql.raw(CHANGED_BY_PEOPLE)),
  // A deletion is restored by its id: few rows have one.
  index('folders_deletion').on(t.deletion_id).where(sql`${t.deletion_id} is not null`),
  // The trash: each deletion once, the newest first, without reading all its rows.
  index('folders_trash').on(t.company_id, t.deleted_at, t.deletion_id).where(sql`${t.deletion_id} is not null`),
  foreignKey({ name: 'folders_workspace_tenant', columns: [t.company_id, t.workspace_id], foreignColumns: [workspaces.company_id, workspaces.id] }),
  // A parent lives in the same workspace of the same company; a folder without parent_id hangs at the top.
  foreignKey({ name: 'folders_parent_tenant', columns: [t.company_id, t.workspace_id, t.parent_id], foreignColumns: [t.company_id, t.workspace_id, t.id] }),
  check('folders_not_own_parent', sql`${t.parent_id} is null or ${t.parent_id} <> ${t.id}`),
])

export const leads = pgTable('leads', {
  id: key(),
  company_id: uuid('company_id').notNull().references(() => companies.id),
  name: text('name').notNull(),
  email: text('email').notNull(),
  phone: text('phone'),
  message: text('message').notNull(),
  source: text('source').notNull().default('form'),
  status: text('status').notNull().default('new'),
  score: integer('score').notNull().default(0),
  variant: text('variant'),
  /** A person of the company. No foreign key: who leaves it takes none of its leads along, and nobody is kept from leaving. */
  assignee_id: uuid('assignee_id'),
  /** What members wrote of it; nothing of this is the visitor's. */
  notes: text('notes').notNull().default(''),
  tags: text('tags').array().notNull().default([]),
  /** The lead of the same person that stands for this one in lists and figures; that one is in none itself where it has one too. */
  merged_into: uuid('merged_into'),
  ...stamps(),
}, t => [
  unique('leads_tenant').on(t.company_id, t.id),
  index('leads_company').on(t.company_id, t.created_at),
  // What was merged into a lead: few are merged.
  index('leads_merged').on(t.company_id, t.merged_into).where(sql`${t.merged_into} is not null`),
  // In the same company. Whoever deletes a lead deletes what was merged into it: it would be seen by nobody, and is the same person's.
  foreignKey({ name: 'leads_merged_tenant', columns: [t.company_id, t.merged_into], foreignColumns: [t.company_id, t.id] }).onDelete('cascade'),
  check('leads_not_into_itself', sql`${t.merged_into} is null or ${t.merged_into} <> ${t.id}`),
  check('leads_status', sql`${t.status} in (${listed(LEAD_STATUSES)})`),
])
