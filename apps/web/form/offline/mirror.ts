import { PGlite } from '@electric-sql/pglite'
import { isStorable } from '#shared/catalogue/texts'
import type { LeadEntry } from '../leads/entry'
import { LeadJournal } from '../leads/journal'
import { LEADS_CHANGED, leadsChannel } from '../leads/queue'
import type { OfflineLeads } from './offline-leads'
import { readLeads, tableOf, writeLeads } from './table'

/** Which rows came from the journal: the others were written here. */
const NOTED = 'create table of_journal (id uuid primary key, version int not null)'
const WRITTEN_HERE = 'not exists (select from of_journal noted where noted.id = offline_leads.id and noted.version = offline_leads.version)'

/**
 * A tenant's leads in a browser, as SQL: a PGlite in memory that holds what the tenant's journal holds (but drafts, which are
 * no leads yet) and is filled again when a tab of the tenant changes that. The journal stays the one place on the disk that a lead is
 * in. What a program inserts or corrects here is as safe as memory until `takeOver` has put it into the journal; a row that
 * it deletes comes back with the next filling.
 */
export async function openMirror(tenantId: string): Promise<OfflineLeads> {
  const [pg, journal] = [await PGlite.create(), await LeadJournal.open(tenantId)]
  const mirror = new Mirror(pg, journal, tenantId)
  await pg.exec(`${tableOf(tenantId)}; ${NOTED}`)
  await mirror.fill()
  const closing = new Proxy(pg, {
    get(_, name) {
      if (name === 'close' || name === Symbol.asyncDispose) return () => mirror.close()
      const value: unknown = Reflect.get(pg, name, pg)
      return typeof value === 'function' ? value.bind(pg) as unknown : value
    },
  })
  return { pg: closing, tenantId, queue: journal, fill: () => mirror.told(), takeOver: () => mirror.takeOver() }
}

class Mirror {
  readonly #pg: PGlite
  readonly #journal: LeadJournal
  readonly #channel: BroadcastChannel
  /** One after the other. */
  #work: Promise<unknown> = Promise.resolve()

  constructor(pg: PGlite, journal: LeadJournal, tenantId: string) {
    this.#pg = pg
    this.#journal = journal
    this.#channel = new BroadcastChannel(leadsChannel(tenantId))
    this.#channel.onmessage = () => void this.fill().catch((error: unknown) => console.warn('The table of leads is not as its journal is:', error))
  }

  /** Makes the table what the journal is. What was written here and not taken over stays. */
  fill(): Promise<void> {
    return this.#inTurn(async () => {
      const leads = (await this.#journal.all()).filter(({ state, ...lead }) => state !== 'draft' && isWritable(lead))
      await this.#pg.transaction(async (tx) => {
        await tx.query(`delete from offline_leads where synced or (not ${WRITTEN_HERE} and id <> all (select jsonb_array_elements_text($1::jsonb)::uuid))`, [JSON.stringify(leads.map(({ id }) => id))])
        await tx.query('truncate of_journal')
        if (leads.length > 0) await writeLeads(tx, leads)
        await tx.query('insert into of_journal select id, version from json_to_recordset($1::json) as lead (id uuid, version int)', [JSON.stringify(leads)])
      })
    })
  }

  /** Puts what was written here into the journal. It is safe when this resolves. */
  async takeOver(): Promise<void> {
    const count = await this.#inTurn(async () => {
      const written = await readLeads(this.#pg, WRITTEN_HERE)
      await this.#journal.takeOver(written.map(({ seq: _, ...lead }) => lead))
      return written.length
    })
    if (count > 0) await this.told()
  }

  /** Fills it, and has the other tabs look too. */
  async told(): Promise<void> {
    await this.fill()
    this.#channel.postMessage(LEADS_CHANGED)
  }

  async close(): Promise<void> {
    this.#channel.close()
    await this.#work.catch(() => {})
    this.#journal.close()
    await this.#pg.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(work, work)
    this.#work = mine
    return mine
  }
}

/** One that PostgreSQL does not take must not keep the others out; the server refuses it. */
const isWritable = ({ name, email, phone, message }: Pick<LeadEntry, 'name' | 'email' | 'phone' | 'message'>) => [name, email, phone, message].every(isStorable)
