import * as z from 'zod/mini'
import { LEAD_STATUSES, type LeadStatus } from '../catalogue/lead-statuses'
import type { LeadRow } from '../generated/catalogue.gen'
import { UNASSIGNED } from '../leads/unassigned'
import { defineRead, uuid } from './read'

export type LeadListRow = Pick<LeadRow, 'id' | 'name' | 'email' | 'score' | 'status' | 'assignee_id' | 'tags' | 'created_at'> & {
  /** How the message begins. */
  excerpt: string
}
type LeadFields = Pick<LeadRow, 'id' | 'name' | 'email' | 'phone' | 'message' | 'source' | 'status' | 'score' | 'variant' | 'assignee_id' | 'notes' | 'tags' | 'created_at'>
export type LeadDetail = LeadFields & Pick<LeadRow, 'merged_into'> & {
  /** What the lead is called that it was merged into; null where it was into none, or that is not here. */
  kept_name: string | null
}
export type ExportedLead = LeadFields & { assignee: string | null }
/** What a visitor wrote in a lead that was merged, and what members noted there. */
export type MergedLead = Pick<LeadRow, 'id' | 'name' | 'email' | 'phone' | 'message' | 'notes' | 'merged_into' | 'created_at'>
export type LeadOfEmail = Pick<LeadRow, 'id' | 'name' | 'status' | 'created_at'>
export interface LeadCountRow { leads: number }
export interface LeadVariantRow { variant: string }

/** The most that a list of leads shows: who looks for an older one searches. */
export const LEADS_SHOWN = 200
/** Of a lead with more others from its address than these, the latest are named. */
export const OF_EMAIL_SHOWN = 20
/** As many as anybody enters by hand. */
export const MERGED_SHOWN = 200
const VARIANTS_SHOWN = 50

/** An instant, as Date says it. */
const instant = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/))
const orNone = <Schema extends z.ZodMiniType>(schema: Schema) => z.union([z.literal(''), schema])

/** What a list of leads is narrowed to: the parameters after the company, in the order of $2, $3, …; '' and 0 narrow nothing. */
export const filterInput = {
  /** Words that a lead must have in it. */
  sought: z.string().check(z.maxLength(200)),
  status: orNone(z.enum(LEAD_STATUSES)),
  /** A person of the company, or UNASSIGNED. */
  assignee: orNone(z.union([z.literal(UNASSIGNED), uuid()])),
  /** The least. */
  score: z.int().check(z.minimum(0), z.maximum(100)),
  variant: z.string().check(z.maxLength(100)),
  /** Entered since then, and before then. */
  from: orNone(instant),
  until: orNone(instant),
}
export interface LeadFilter { sought: string, status: LeadStatus | '', assignee: string, score: number, variant: string, from: string, until: string }
export const NO_FILTER: LeadFilter = { sought: '', status: '', assignee: '', score: 0, variant: '', from: '', until: '' }

/**
 * Of a lead that is merged into none: one person is listed and counted once. `IS NULL` would say it shorter, but where nobody keeps
 * statistics (on devices) PostgreSQL takes it for a condition that one row in 200 meets, and sorts all leads for a list.
 */
export const UNMERGED = 'num_nulls(merged_into) <> 0'

/** What is sought, as a pattern that finds it anywhere in a text. */
const PATTERN = `'%' || replace(replace(replace($2, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'`
/**
 * What narrows nothing is gone from the plan: this is planned with its parameters. A condition that stayed would be taken for one
 * that few rows meet, and all leads be sorted where the index has the latest.
 */
const narrowedFrom = ([status, assignee, score, variant, from, until]: readonly string[]) =>
  `(${from} = '' OR created_at >= nullif(${from}, '')::timestamptz) AND (${until} = '' OR created_at < nullif(${until}, '')::timestamptz)
    AND (${status} = '' OR status = ${status}) AND (${assignee} = '' OR coalesce(assignee_id::text, '${UNASSIGNED}') = lower(${assignee})) AND (${score}::int = 0 OR score >= ${score}::int) AND (${variant} = '' OR variant = ${variant})`
/** The conditions of a filter's parameters but for what is sought. @param first the number of the parameter `status`; the others follow it */
export const narrowedBy = (first: number) => narrowedFrom(Array.from({ length: 6 }, (_, n) => `$${first + n}`))
const MATCHES = `company_id = $1::uuid AND ${UNMERGED} AND ${narrowedBy(3)}
    AND ($2 = '' OR name ILIKE ${PATTERN} OR email ILIKE ${PATTERN} OR phone ILIKE ${PATTERN} OR message ILIKE ${PATTERN})`

/** What a list shows of a lead. */
export const LEAD_COLUMNS = 'id, name, email, score, status, assignee_id, tags, created_at, left(message, 200) AS excerpt'

/** The latest leads of a company that a filter lets through. */
export const leadsRead = defineRead<LeadListRow>()({
  name: 'leads',
  views: ['leads'],
  input: { company: uuid(), ...filterInput },
  sql: `SELECT ${LEAD_COLUMNS} FROM app_read.leads
    WHERE ${MATCHES} ORDER BY created_at DESC, id DESC LIMIT ${LEADS_SHOWN}`,
})

/** How many leads a company has in all; no row where it has none. */
export const leadCountRead = defineRead<LeadCountRow>()({
  name: 'lead-count',
  views: ['leads'],
  input: { company: uuid() },
  sql: `SELECT count(*)::int AS leads FROM app_read.leads WHERE company_id = $1::uuid AND ${UNMERGED} HAVING count(*) > 0`,
})

/** The variants of the form that a company's leads saw. */
export const leadVariantsRead = defineRead<LeadVariantRow>()({
  name: 'lead-variants',
  views: ['leads'],
  input: { company: uuid() },
  sql: `SELECT DISTINCT variant COLLATE "C" AS variant FROM app_read.leads WHERE company_id = $1::uuid AND ${UNMERGED} AND variant IS NOT NULL ORDER BY 1 LIMIT ${VARIANTS_SHOWN}`,
})

export const leadRead = defineRead<LeadDetail>()({
  name: 'lead',
  views: ['leads'],
  input: { company: uuid(), lead: uuid() },
  sql: `SELECT id, name, email, phone, message, source, status, score, variant, assignee_id, notes, tags, created_at, merged_into,
      (SELECT k.name FROM app_read.leads k WHERE k.company_id = l.company_id AND k.id = l.merged_into) AS kept_name
    FROM app_read.leads l WHERE company_id = $1::uuid AND id = $2::uuid`,
})

/** What was merged into a lead, and into one of those in turn, the latest first. */
export const mergedLeadsRead = defineRead<MergedLead>()({
  name: 'merged-leads',
  views: ['leads'],
  input: { company: uuid(), lead: uuid() },
  sql: `WITH RECURSIVE merged AS (
      SELECT id FROM app_read.leads WHERE company_id = $1::uuid AND merged_into = $2::uuid
      UNION SELECT l.id FROM merged JOIN app_read.leads l ON l.company_id = $1::uuid AND l.merged_into = merged.id
    )
    SELECT l.id, l.name, l.email, l.phone, l.message, l.notes, l.merged_into, l.created_at FROM merged JOIN app_read.leads l USING (id)
    ORDER BY l.created_at DESC, l.id DESC LIMIT ${MERGED_SHOWN}`,
})

/** Other leads of the address that a lead came from, the latest first. */
export const leadsOfEmailRead = defineRead<LeadOfEmail>()({
  name: 'leads-of-email',
  views: ['leads'],
  input: { company: uuid(), lead: uuid() },
  sql: `SELECT id, name, status, created_at FROM app_read.leads
    WHERE company_id = $1::uuid AND ${UNMERGED} AND id <> $2::uuid AND lower(email) = (SELECT lower(email) FROM app_read.leads WHERE company_id = $1::uuid AND id = $2::uuid)
    ORDER BY created_at DESC, id DESC LIMIT ${OF_EMAIL_SHOWN}`,
})

/** What is exported of a lead `l`. */
export const EXPORTED_COLUMNS = `id, name, email, phone, message, source, status, score, variant, assignee_id, notes, tags, created_at,
      (SELECT m.name FROM app_read.company_members m WHERE m.company_id = l.company_id AND m.user_id = l.assignee_id) AS assignee`

/** A slice of the leads that a filter lets through, by key: one that took all at once would stop every other query for its time. */
export const exportedLeadsRead = defineRead<ExportedLead>()({
  name: 'exported-leads',
  views: ['leads', 'company_members'],
  input: { company: uuid(), ...filterInput, after: uuid(), limit: z.int().check(z.minimum(1), z.maximum(10_000)) },
  localOnly: true,
  sql: `SELECT ${EXPORTED_COLUMNS}
    FROM (SELECT * FROM app_read.leads WHERE ${MATCHES} AND id > $9::uuid ORDER BY id LIMIT $10::int) l ORDER BY id`,
})
