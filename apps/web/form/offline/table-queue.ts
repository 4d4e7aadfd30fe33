import type { PGlite } from '@electric-sql/pglite'
import type { LeadQueue } from '../leads/queue'
import { noteRefused, noteSynced, readLeads } from './table'

/** The leads of a table that this program alone has, as a queue. */
export class TableQueue implements LeadQueue {
  readonly #pg: PGlite
  readonly #takeAway: () => Promise<void>
  #isSending = false

  /** @param takeAway takes what is noted as synced out of the table, bytes and all */
  constructor(pg: PGlite, takeAway: () => Promise<void>) {
    this.#pg = pg
    this.#takeAway = takeAway
  }

  all() {
    return readLeads(this.#pg)
  }

  async refuse(refused: Parameters<LeadQueue['refuse']>[0]): Promise<void> {
    if (refused.size > 0) await noteRefused(this.#pg, refused)
  }

  /** What was noted before, and not taken away for a kill, goes with it. */
  async erase(gone: ReadonlyMap<string, number>): Promise<void> {
    if (await noteSynced(this.#pg, gone)) await this.#takeAway()
  }

  async alone(work: () => Promise<void>): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    try {
      await work()
    }
    finally {
      this.#isSending = false
    }
  }
}
