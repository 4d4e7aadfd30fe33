import * as z from 'zod/mini'
import type { LeadRow } from '../generated/catalogue.gen'
import { defineRead, uuid } from './read'

export type LeadListRow = Pick<LeadRow, 'id' | 'name' | 'email' | 'score' | 'status' | 'created_at'> & {
  /** How the message begins. */
  excerpt: string
}
export type LeadDetail = Pick<LeadRow, 'id' | 'name' | 'email' | 'phone' | 'message' | 'source' | 'status' | 'score' | 'variant' | 'created_at'>
export interface LeadCountRow { leads: number }

/** The most that a list of leads shows: who looks for an older one searches. */
export const LEADS_SHOWN = 200

/** What is sought, as a pattern that finds it anywhere in a text. */
const PATTERN = `'%' || replace(replace(replace($2, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'`

/** The latest leads of a company, those alone that have some words in them; all where there are none. */
export const leadsRead = defineRead<LeadListRow>()({
  name: 'leads',
  views: ['leads'],
  input: { company: uuid(), sought: z.string().check(z.maxLength(200)) },
  sql: `SELECT id, name, email, score, status, created_at, left(message, 200) AS excerpt FROM app_read.leads
    WHERE company_id = $1::uuid AND ($2 = '' OR name ILIKE ${PATTERN} OR email ILIKE ${PATTERN} OR phone ILIKE ${PATTERN} OR message ILIKE ${PATTERN})
    ORDER BY created_at DESC, id DESC LIMIT ${LEADS_SHOWN}`,
})

/** How many leads a company has in all; no row where it has none. */
export const leadCountRead = defineRead<LeadCountRow>()({
  name: 'lead-count',
  views: ['leads'],
  input: { company: uuid() },
  sql: 'SELECT count(*)::int AS leads FROM app_read.leads WHERE company_id = $1::uuid HAVING count(*) > 0',
})

export const leadRead = defineRead<LeadDetail>()({
  name: 'lead',
  views: ['leads'],
  input: { company: uuid(), lead: uuid() },
  sql: 'SELECT id, name, email, phone, message, source, status, score, variant, created_at FROM app_read.leads WHERE company_id = $1::uuid AND id = $2::uuid',
})
