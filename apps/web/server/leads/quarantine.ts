import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import { companies } from '../../shared/catalogue/tables'
import type { LeadResult } from '../../shared/protocol/leads'
import { OPERATOR, recordInCompany } from '../account/audit'
import type { Door } from '../db/asker'
import type { Transaction } from '../db/door'
import { leadQuarantine } from '../db/leads'
import { takeIn } from './take-in'

/** What waits of one company. */
export interface Aside {
  readonly slug: string
  readonly name: string
  readonly isDeleted: boolean
  readonly closed: number
  readonly spam: number
}

/** A company as the operator names it. */
export type AsideCompany = Pick<typeof companies.$inferSelect, 'id' | 'name' | 'created_at' | 'deleted_at'>

export type AsideEntry = typeof leadQuarantine.$inferSelect

/** As many as a request of a form brings. */
const AT_A_TIME = 100

/** The operator's transaction sees accounts, the quarantine and the form of one company by turns: never more at once than a request does. */
async function become(tx: Transaction, door: Door, company = ''): Promise<void> {
  await tx.execute(sql`SELECT set_config('app.door', ${door}, true), set_config('app.company', ${company}, true)`)
}

/** The companies of which something waits, by their short names. */
export async function companiesAside(tx: Transaction): Promise<Aside[]> {
  await become(tx, 'operator')
  const counts = await tx.select({
    company: leadQuarantine.company_id,
    closed: sql<number>`count(*) FILTER (WHERE ${leadQuarantine.reason} = 'closed')::int`,
    spam: sql<number>`count(*) FILTER (WHERE ${leadQuarantine.reason} = 'spam')::int`,
  }).from(leadQuarantine).groupBy(leadQuarantine.company_id)
  await become(tx, 'account')
  const known = await tx.select().from(companies).where(inArray(companies.id, counts.map(({ company }) => company))).orderBy(asc(companies.slug))
  return known.map(({ id, slug, name, deleted_at: deleted }) => {
    const { closed, spam } = counts.find(({ company }) => company === id) ?? { closed: 0, spam: 0 }
    return { slug, name, isDeleted: deleted !== null, closed, spam }
  })
}

/** Undefined where no company has the short name. */
export async function companyAside(tx: Transaction, slug: string): Promise<AsideCompany | undefined> {
  await become(tx, 'account')
  const [company] = await tx.select().from(companies).where(eq(companies.slug, slug))
  return company
}

/** What waits of a company, the oldest first. @param ids those alone; all where none are given */
export async function entriesAside(tx: Transaction, { id }: AsideCompany, ids: readonly number[], after = 0, limit = AT_A_TIME): Promise<AsideEntry[]> {
  await become(tx, 'operator')
  return tx.select().from(leadQuarantine)
    .where(and(eq(leadQuarantine.company_id, id), gt(leadQuarantine.id, after), ...ids.length > 0 ? [inArray(leadQuarantine.id, [...ids])] : []))
    .orderBy(asc(leadQuarantine.id)).limit(limit)
}

/** Takes them out of the quarantine for good. Out: how many were there. */
export async function discardAside(tx: Transaction, entries: readonly AsideEntry[]): Promise<number> {
  await become(tx, 'operator')
  const { rowCount } = await tx.delete(leadQuarantine).where(inArray(leadQuarantine.id, entries.map(({ id }) => id)))
  return rowCount ?? 0
}

/**
 * Makes them what members see, as if they had come by an open form: each once, and of one that members have in a later version
 * that stays. One that is refused (another device's lead has its key) stays in the quarantine.
 * Out: a result for each entry, in their order.
 */
export async function releaseAside(tx: Transaction, company: AsideCompany, entries: readonly AsideEntry[]): Promise<LeadResult[]> {
  await become(tx, 'form', company.id)
  const results: LeadResult[] = []
  // By themselves: two versions of one lead may wait, and one statement stores each key once.
  for (const { lead_id: id, version, token_hash, content_hash, content, made_at: made } of entries) {
    const told = await takeIn(tx, { ...company, open: true, consent: '', privacy_url: null, closed_at: null }, [
      { id, version, token_hash, content_hash, ...content, age_ms: Date.now() - made.getTime(), isSuspect: false },
    ])
    const result = told.get(id)
    if (result) results.push(result)
  }
  await discardAside(tx, entries.filter((_, place) => results[place]?.status !== 'refused'))
  return results
}

/** Notes for the company's owners where leads came from that no form has sent now. */
export async function recordRelease(tx: Transaction, { id }: AsideCompany, leads: number): Promise<void> {
  await become(tx, 'account')
  await recordInCompany(tx, id, OPERATOR, 'leads.released', { leads })
}
