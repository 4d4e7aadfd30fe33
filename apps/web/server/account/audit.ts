import { and, desc, eq, lt, sql } from 'drizzle-orm'
import type { AuditPage } from '../../shared/account/answers'
import type { AuditAct, AuditSubjects } from '../../shared/account/audit'
import { companyMembers } from '../../shared/catalogue/tables'
import { audit } from '../db/account'
import type { Transaction } from '../db/door'

interface AuditActor { id: string | null, name: string }

/** Whoever runs a command on the server itself. */
export const OPERATOR: AuditActor = { id: null, name: 'operator' }
/** Someone who is not signed in and claims an address. */
export const SOMEONE: AuditActor = { id: null, name: 'someone who is not signed in' }

/** Writes an act on a company, in the transaction of the act: both are there, or neither. */
export async function recordInCompany<Act extends AuditAct>(
  tx: Transaction, company: string, { id, name }: AuditActor, act: Act, subject: AuditSubjects[Act],
): Promise<void> {
  await tx.insert(audit).values({ company_id: company, actor_id: id, actor_name: name, act, subject })
}

/**
 * Writes an act on a person's account: a row of its own, and one for each company of the person, because a company's
 * owners answer for who can act in it.
 */
export async function recordOnAccount<Act extends AuditAct>(
  tx: Transaction, userId: string, { id, name }: AuditActor, act: Act, subject: AuditSubjects[Act],
): Promise<void> {
  const companies = await tx.select({ id: companyMembers.company_id }).from(companyMembers).where(eq(companyMembers.user_id, userId))
  await tx.insert(audit).values([null, ...companies.map(company => company.id)].map(company => (
    { company_id: company, actor_id: id, actor_name: name, act, subject })))
}

/** A page of a company's audit, the newest first. `before`: the `next` of the page before. */
export async function readAudit(tx: Transaction, company: string, { before, limit }: { before?: number, limit: number }): Promise<AuditPage> {
  const rows = await tx.select().from(audit)
    .where(and(eq(audit.company_id, company), before === undefined ? sql`true` : lt(audit.id, before)))
    .orderBy(desc(audit.id)).limit(limit + 1)
  const page = rows.slice(0, limit)
  return {
    events: page.map(row => ({ id: row.id, at: row.at.toISOString(), actor: { id: row.actor_id, name: row.actor_name }, act: row.act, subject: row.subject })),
    next: rows.length > limit ? page.at(-1)?.id ?? null : null,
  }
}
