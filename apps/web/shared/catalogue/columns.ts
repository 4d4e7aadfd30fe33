import { bigint, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Keys are UUIDs made by the app (version 7): PostgreSQL before 18 cannot make them. */
export const key = () => uuid('id').primaryKey()

export const moment = (name: string) => timestamp(name, { withTimezone: true })

/** Every row says when it was made and changed, and counts its changes (a trigger raises the count). */
export const stamps = () => ({
  created_at: moment('created_at').notNull().defaultNow(),
  updated_at: moment('updated_at').notNull().defaultNow(),
  row_version: bigint('row_version', { mode: 'number' }).notNull().default(1),
})

/** Soft delete: all rows that one act deleted share a deletion_id, so that it can be reversed as a whole. */
export const tombstone = () => ({
  deleted_at: moment('deleted_at'),
  deletion_id: uuid('deletion_id'),
})

/** Place among siblings: a fractional key that sorts as text in the C collation. */
export const position = () => text('position').notNull().default('a0')
