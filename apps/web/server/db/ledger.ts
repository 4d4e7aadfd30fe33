import { sql } from 'drizzle-orm'
import { index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core'
import { moment } from '../../shared/catalogue/columns'
import type { MutationResult } from '../../shared/protocol/mutations'
import { auth } from './auth'

/** A device that was away for longer has to be told by other means what became of its edits. */
export const ANSWERS_KEPT_DAYS = 60

/**
 * Every mutation that was decided, under its idempotency key. A row is written in the transaction of its effect: either
 * both are there or neither. No foreign keys: a refusal is kept too, also one about a company that there is not.
 */
export const ledger = auth.table('mutations', {
  id: uuid('id').primaryKey(),
  user_id: uuid('user_id').notNull(),
  company_id: uuid('company_id'),
  name: text('name').notNull(),
  version: integer('version').notNull(),
  /** SHA-256 (hex) of what was asked: the same key with another content is a mistake, not a repetition. */
  request_hash: text('request_hash').notNull(),
  /** What was answered, word for word. Null inside the transaction that decides, and once the answer is no longer kept. */
  result: jsonb('result').$type<MutationResult>(),
  created_at: moment('created_at').notNull().defaultNow(),
  // For the sweep: of what it has swept nothing is left in here.
}, table => [
  index('mutations_applied').on(table.created_at).where(sql`result ->> 'status' = 'applied'`),
  // What a colleague had noted on a lead, as a refusal told it: it goes with the lead (migration 0012).
  index('mutations_lead_conflicts').on(table.company_id).where(sql`name like 'lead.%' and jsonb_exists(result, 'theirs')`),
])
