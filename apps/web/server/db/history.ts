import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core'
import { moment } from '../../shared/catalogue/columns'
import type { ChangeSide } from '../../shared/history/changes'
import { auth } from './auth'

/**
 * Who changed what on workspaces, folders and leads. A row is written by the statement that makes the change, and goes with the
 * row that it speaks of; a trigger keeps it as it was written until then. No foreign keys: each edit would lock its company.
 */
export const changes = auth.table('changes', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  company_id: uuid('company_id').notNull(),
  entity: text('entity').$type<'workspaces' | 'folders' | 'leads'>().notNull(),
  row_id: uuid('row_id').notNull(),
  /** With the name as it was then, as in the audit: who left is still named. */
  actor_id: uuid('actor_id').notNull(),
  actor_name: text('actor_name').notNull(),
  at: moment('at').notNull().defaultNow(),
  mutation: text('mutation').notNull(),
  before: jsonb('before').$type<ChangeSide>().notNull().default({}),
  after: jsonb('after').$type<ChangeSide>().notNull().default({}),
  deletion_id: uuid('deletion_id'),
  /** Of a deletion or restore: how many rows it took in all. Said on its tops, and not on what lies under another of them. */
  amount: integer('amount'),
}, t => [
  index('changes_row').on(t.company_id, t.row_id, t.id),
  index('changes_deletion').on(t.deletion_id, t.id).where(sql`${t.deletion_id} is not null`),
  check('changes_entity', sql`${t.entity} in ('workspaces', 'folders', 'leads')`),
])
