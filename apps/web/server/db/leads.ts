import { index, integer, jsonb, text, unique, uuid, bigint } from 'drizzle-orm/pg-core'
import { moment } from '../../shared/catalogue/columns'
import { auth } from './auth'

/** What a visitor entered, and how the visit went. */
export interface LeadContent {
  name: string
  email: string
  phone: string | null
  message: string
  score: number
  variant: string | null
}

/**
 * That a lead of a form has arrived: which version of it members see, and who may send another one. It outlives the lead, so
 * that one that somebody deleted does not come back by a repetition. No foreign keys: the lead may be gone.
 */
export const leadReceipts = auth.table('lead_receipts', {
  /** The lead's. */
  id: uuid('id').primaryKey(),
  company_id: uuid('company_id').notNull(),
  version: integer('version').notNull(),
  /** SHA-256 (hex) of the content. */
  content_hash: text('content_hash').notNull(),
  /** SHA-256 (hex) of the device's secret: who reads this table can change no lead. */
  token_hash: text('token_hash').notNull(),
  received_at: moment('received_at').notNull().defaultNow(),
}, t => [index('lead_receipts_company').on(t.company_id)])

/** What versions of a lead held that are not what members see: earlier ones, and those that came too late. */
export const leadVersions = auth.table('lead_versions', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  company_id: uuid('company_id').notNull(),
  lead_id: uuid('lead_id').notNull(),
  version: integer('version').notNull(),
  content_hash: text('content_hash').notNull(),
  content: jsonb('content').$type<LeadContent>().notNull(),
  at: moment('at').notNull().defaultNow(),
}, t => [
  index('lead_versions_company').on(t.company_id),
  // One that comes again is kept once.
  unique('lead_versions_once').on(t.lead_id, t.version, t.content_hash),
])

/** Leads that no company sees, and that are not lost: for one that takes none any more, and those that look like a program's. */
export const leadQuarantine = auth.table('lead_quarantine', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  reason: text('reason').$type<'closed' | 'spam'>().notNull(),
  lead_id: uuid('lead_id').notNull(),
  company_id: uuid('company_id').notNull(),
  version: integer('version').notNull(),
  content_hash: text('content_hash').notNull(),
  token_hash: text('token_hash').notNull(),
  content: jsonb('content').$type<LeadContent>().notNull(),
  made_at: moment('made_at').notNull(),
  received_at: moment('received_at').notNull().defaultNow(),
}, t => [unique('lead_quarantine_once').on(t.lead_id, t.version, t.content_hash), index('lead_quarantine_company').on(t.company_id)])
