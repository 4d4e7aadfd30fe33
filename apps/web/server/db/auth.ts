import { bigint, pgSchema, text, uuid, varchar } from 'drizzle-orm/pg-core'
import { moment } from '../../shared/catalogue/columns'
import { users } from '../../shared/catalogue/tables'

/**
 * What proves who someone is. A schema of its own, outside the catalogue: no shape can name these tables, because
 * shapes are made of the catalogue alone.
 */
export const auth = pgSchema('auth')

export const credentials = auth.table('credentials', {
  user_id: uuid('user_id').primaryKey().references(() => users.id, { onDelete: 'cascade' }),
  /** A PHC string (scrypt with its parameters and salt). */
  password_hash: text('password_hash').notNull(),
})

export const sessions = auth.table('sessions', {
  id: uuid('id').primaryKey(),
  user_id: uuid('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
  /** SHA-256 of the token, in hex: someone who reads this table cannot sign in with what it holds. */
  token_hash: text('token_hash').notNull().unique(),
  created_at: moment('created_at').notNull().defaultNow(),
  last_seen_at: moment('last_seen_at').notNull().defaultNow(),
  expires_at: moment('expires_at').notNull(),
  user_agent: text('user_agent').notNull().default(''),
})

/** Counters of rate-limiter-flexible; the columns and their types are the library's. */
export const attempts = auth.table('attempts', {
  key: varchar('key', { length: 255 }).primaryKey(),
  points: bigint('points', { mode: 'number' }).notNull().default(0),
  expire: bigint('expire', { mode: 'number' }),
})
