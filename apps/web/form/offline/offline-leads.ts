import type { PGlite } from '@electric-sql/pglite'
import type { LeadQueue } from '../leads/queue'

/** The leads of a tenant on a device, as SQL and as what waits to be sent. */
export interface OfflineLeads {
  readonly pg: PGlite
  readonly tenantId: string
  readonly queue: LeadQueue
  /** Before a round: what was written by SQL comes into the queue. Not there where the table is the queue. */
  readonly takeOver?: () => Promise<void>
  /** After it: the table is as the queue is. */
  readonly fill?: () => Promise<void>
}
