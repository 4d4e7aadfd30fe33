/** How far a company is with a lead: what a member may say of one, and nothing else. */
export const LEAD_STATUSES = ['new', 'open', 'won', 'lost', 'spam'] as const
export type LeadStatus = (typeof LEAD_STATUSES)[number]
