import { sql } from 'drizzle-orm'
import { bigint, check, index, jsonb, text, uuid } from 'drizzle-orm/pg-core'
import { moment } from '../../shared/catalogue/columns'
import { companies, users } from '../../shared/catalogue/tables'
import { auth } from './auth'

/**
 * What account acts leave behind. Of every token only its SHA-256 (hex) is kept: who reads these tables can open no link.
 */
export const invites = auth.table('invites', {
  id: uuid('id').primaryKey(),
  company_id: uuid('company_id').notNull().references(() => companies.id),
  role: text('role').notNull(),
  /** Where it names an address, only the account of that address may accept. */
  email: text('email'),
  token_hash: text('token_hash').notNull().unique(),
  invited_by: uuid('invited_by').notNull().references(() => users.id),
  created_at: moment('created_at').notNull().defaultNow(),
  expires_at: moment('expires_at').notNull(),
  used_at: moment('used_at'),
  used_by: uuid('used_by').references(() => users.id),
  revoked_at: moment('revoked_at'),
}, t => [
  index('invites_company').on(t.company_id, t.created_at),
  // Nobody is invited as an owner: ownership goes by the transfer alone.
  check('invites_role', sql`${t.role} in ('admin', 'member', 'guest')`),
])

/** A reset of the password, or a change of the e-mail address, that waits for its link to be opened. */
export const links = auth.table('links', {
  id: uuid('id').primaryKey(),
  purpose: text('purpose').$type<'reset' | 'email'>().notNull(),
  user_id: uuid('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
  /** Null where no mail could be sent: then there is no link yet, and only the operator's command makes one. */
  token_hash: text('token_hash').unique(),
  new_email: text('new_email'),
  created_at: moment('created_at').notNull().defaultNow(),
  expires_at: moment('expires_at').notNull(),
  used_at: moment('used_at'),
}, t => [
  index('links_user').on(t.user_id),
  check('links_purpose', sql`${t.purpose} in ('reset', 'email') and (${t.purpose} = 'email') = (${t.new_email} is not null)`),
])

/** Someone who asked for an account and has not shown yet that the address is theirs. */
export const signUps = auth.table('sign_ups', {
  id: uuid('id').primaryKey(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  password_hash: text('password_hash').notNull(),
  invite_id: uuid('invite_id').references(() => invites.id),
  token_hash: text('token_hash').notNull().unique(),
  expires_at: moment('expires_at').notNull(),
})

/** What was done, by whom. Rows are added and never changed: a trigger sees to it. */
export const audit = auth.table('audit', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  /** Null: an act on an account. Each company of the person has a row of its own beside that one. */
  company_id: uuid('company_id'),
  /** Null: the operator, at the server's own console. */
  actor_id: uuid('actor_id'),
  actor_name: text('actor_name').notNull(),
  act: text('act').notNull(),
  subject: jsonb('subject').$type<Record<string, unknown>>().notNull().default({}),
  at: moment('at').notNull().defaultNow(),
}, t => [
  index('audit_company').on(t.company_id, t.id),
])
