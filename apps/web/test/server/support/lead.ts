import { randomBytes, randomUUID } from 'node:crypto'
import type { SentLead } from '../../../shared/leads/lead'

/** What a form sends, with parts of it replaced, also by what no form sends. */
export const lead = (more: Partial<Record<string, unknown>> = {}): SentLead => ({
  id: randomUUID(), version: 1, token: randomBytes(24).toString('base64url'), name: 'Grace', email: 'grace@example.com', phone: null,
  message: 'Please call me about the offer.', score: 20, variant: 'b', age_ms: 0, filled_ms: 9_000, website: '', ...more as Partial<SentLead>,
})
