import type { Connection } from '../db/connection'

/** PostgreSQL, reached. */
export interface Database {
  app: Connection
  owner?: Connection
  migrations: string
}

/** Electric, reached: what it said to a few questions that make no shape. */
export interface Electric {
  url: string
  /** Its own name and version. */
  server: string | undefined
  date: { at: number, asked: number, answered: number } | undefined
  /** Status of a request without a table, by what it was asked with; `right` with the key that it takes, where it takes one. */
  statuses: { right: number, wrong: number, variant: number }
}

/** What Electric says to a secret that is not its own. */
export const REFUSED = 401
