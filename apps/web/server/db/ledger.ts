import { integer, jsonb, text, uuid } from 'drizzle-orm/pg-core'
import { moment } from '../../shared/catalogue/columns'
import type { MutationResult } from '../../shared/protocol/mutations'
import { auth } from './auth'

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
  /** What was answered, word for word. Null only inside the transaction that decides. */
  result: jsonb('result').$type<MutationResult>(),
  created_at: moment('created_at').notNull().defaultNow(),
})
