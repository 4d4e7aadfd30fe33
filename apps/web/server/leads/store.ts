import { inArray, sql, type SQL } from 'drizzle-orm'
import { leads } from '../../shared/catalogue/tables'
import type { Transaction } from '../db/door'
import { leadQuarantine, leadReceipts, leadVersions, type LeadContent } from '../db/leads'
import type { FormCompany } from './company'
import type { Receipt } from './decide'
import type { Arrived } from './take-in'

/** Leads as rows of a statement. */
const given = (arrived: readonly Arrived[]) => sql`jsonb_to_recordset(${JSON.stringify(arrived)}::jsonb) AS given(
  id uuid, version int, token_hash text, content_hash text, age_ms float8, name text, email text, phone text, message text, score int, variant text)`

/** When it was made, by the server's clock: a tablet that knew no time until it met a network says years. */
const madeAt = ({ created_at: since }: FormCompany, age: SQL) => sql`greatest(now() - make_interval(secs => ${age} / 1000), ${since.toISOString()}::timestamptz)`

/**
 * Stores those that never came before, all in one statement, in one order, so that two that send the same ones do not wait
 * for each other. Out: their ids, and whether each is stored; where not, another lead has its id.
 */
export async function storeNew(tx: Transaction, company: FormCompany, arrived: readonly Arrived[]): Promise<Map<string, boolean>> {
  if (arrived.length === 0) return new Map()
  const { rows } = await tx.execute<{ id: string, stored: boolean }>(sql`
    WITH given AS MATERIALIZED (SELECT * FROM ${given(arrived)}), made AS (
      INSERT INTO ${leadReceipts} (id, company_id, version, content_hash, token_hash)
      SELECT id, ${company.id}::uuid, version, content_hash, token_hash FROM given ORDER BY id
      ON CONFLICT (id) DO NOTHING RETURNING id
    ), stored AS (
      INSERT INTO ${leads} (id, company_id, name, email, phone, message, score, variant, created_at)
      SELECT id, ${company.id}::uuid, name, email, phone, message, score, variant, ${madeAt(company, sql`given.age_ms`)} FROM given JOIN made USING (id) ORDER BY id
      ON CONFLICT (id) DO NOTHING RETURNING id
    ) SELECT made.id, stored.id IS NOT NULL AS stored FROM made LEFT JOIN stored USING (id)`)
  const taken = rows.filter(({ stored }) => !stored).map(({ id }) => id)
  // Whoever had a receipt of another's lead could change it.
  if (taken.length > 0) await tx.delete(leadReceipts).where(inArray(leadReceipts.id, taken))
  return new Map(rows.map(({ id, stored }) => [id, stored]))
}

/** What is known of leads of this company, held until the transaction ends. */
export async function lockReceipts(tx: Transaction, ids: readonly string[]): Promise<Map<string, Receipt>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.select().from(leadReceipts).where(inArray(leadReceipts.id, [...ids])).orderBy(leadReceipts.id).for('update')
  return new Map(rows.map(row => [row.id, row]))
}

/**
 * Which of these leads there are, held until the transaction ends. Before their receipts: who erases one takes the two in this
 * order, and the other one would be a deadlock.
 */
export async function lockLeads(tx: Transaction, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await tx.select({ id: leads.id }).from(leads).where(inArray(leads.id, [...ids])).orderBy(leads.id).for('no key update')
  return new Set(rows.map(({ id }) => id))
}

/** Puts another version in the place of what members see, which is kept beside. Out: whether the lead is still there. */
export async function replaceLead(tx: Transaction, { id, version, content_hash: hash, name, email, phone, message, score, variant }: Arrived): Promise<boolean> {
  const { rowCount } = await tx.execute(sql`
    WITH before AS (
      INSERT INTO ${leadVersions} (company_id, lead_id, version, content_hash, content)
      SELECT l.company_id, l.id, r.version, r.content_hash,
        jsonb_build_object('name', l.name, 'email', l.email, 'phone', l.phone, 'message', l.message, 'score', l.score, 'variant', l.variant)
      FROM ${leads} l JOIN ${leadReceipts} r ON r.id = l.id WHERE l.id = ${id}
      ON CONFLICT (lead_id, version, content_hash) DO NOTHING
    ), receipt AS (UPDATE ${leadReceipts} SET version = ${version}, content_hash = ${hash} WHERE id = ${id} AND EXISTS (SELECT FROM ${leads} l WHERE l.id = ${id}))
    UPDATE ${leads} SET name = ${name}, email = ${email}, phone = ${phone}, message = ${message}, score = ${score}, variant = ${variant} WHERE id = ${id}`)
  return rowCount === 1
}

/** Keeps a version that members do not see, of a lead that they still have. */
export async function keepVersion(tx: Transaction, company: string, arrived: Arrived): Promise<void> {
  await tx.execute(sql`
    INSERT INTO ${leadVersions} (company_id, lead_id, version, content_hash, content)
    SELECT ${company}::uuid, ${arrived.id}::uuid, ${arrived.version}::int, ${arrived.content_hash}, ${JSON.stringify(contentOf(arrived))}::jsonb
    WHERE EXISTS (SELECT FROM ${leads} l WHERE l.id = ${arrived.id})
    ON CONFLICT (lead_id, version, content_hash) DO NOTHING`)
}

/** Keeps leads for the operator, each with why. */
export async function putAside(tx: Transaction, company: string, leads: ReadonlyMap<Arrived, 'closed' | 'spam'>): Promise<void> {
  if (leads.size === 0) return
  await tx.insert(leadQuarantine).values([...leads].map(([lead, reason]) => ({
    reason, lead_id: lead.id, company_id: company, version: lead.version, content_hash: lead.content_hash, token_hash: lead.token_hash, content: contentOf(lead),
    made_at: sql`now() - make_interval(secs => ${lead.age_ms / 1000})`,
  }))).onConflictDoNothing()
}

const contentOf = ({ name, email, phone, message, score, variant }: Arrived): LeadContent => ({ name, email, phone, message, score, variant })
