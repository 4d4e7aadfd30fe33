// What the stack, which serves any table, has to be told of the schema whose rows it keeps.
import type pg from 'pg'
import type { Header, Version } from './format.ts'

export interface Schema {
  /** The schemas whose tables are in a backup. */
  names: readonly string[]
  /** Schemas that hold nothing that cannot be made again: views, and what the stack itself has made. */
  derived: readonly string[]
  /** At which migration a database is; nothing before the first one. Throws a StackError where this version does not know it. */
  versionOf: (client: pg.ClientBase) => Promise<Version | undefined>
  /** The newest migration of this version. */
  newest: Version
  /** Makes the tables as they are at a migration, without rows, in an empty database. */
  make: (ownerUrl: string, version: Version, tables: Header['tables']) => Promise<void>
  /** Brings a database from there to the newest migration. */
  finish: (ownerUrl: string, appUrl: string) => Promise<void>
}
