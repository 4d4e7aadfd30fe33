import { answerBody } from '../../shared/protocol/answers'
import type { LeadResult } from '../../shared/protocol/leads'
import type { LeadContent } from '../db/leads'
import type { Transaction } from '../db/door'
import type { FormCompany } from './company'
import { decide, type Receipt } from './decide'
import { keepVersion, lockLeads, lockReceipts, replaceLead, storeNew } from './store'

/** A lead that can be stored, as the statements take it. */
export interface Arrived extends LeadContent {
  readonly id: string
  readonly version: number
  readonly token_hash: string
  readonly content_hash: string
  readonly age_ms: number
  /** Whether it looks like a program's. */
  readonly isSuspect: boolean
}

export const refused = (id: string, code: 'invalid_input' | 'lead_taken' | 'deleted'): LeadResult => ({ ...answerBody(code), id, status: 'refused' })

/** Makes leads what members see, each once, as far as what is known of them allows. Out: one result a lead, by its id; each id is there once. */
export async function takeIn(tx: Transaction, company: FormCompany, leads: readonly Arrived[]): Promise<Map<string, LeadResult>> {
  const results = new Map<string, LeadResult>()
  const made = await storeNew(tx, company, leads)
  for (const [id, isStored] of made) results.set(id, isStored ? { id, status: 'stored' } : refused(id, 'lead_taken'))
  const again = leads.filter(({ id }) => !made.has(id))
  await lockLeads(tx, again.map(({ id }) => id))
  const receipts = await lockReceipts(tx, again.map(({ id }) => id))
  for (const lead of again) {
    const receipt = receipts.get(lead.id)
    const decision = receipt ? decide(receipt, lead) : 'taken'
    results.set(lead.id, receipt && decision === 'replace' && !await replaceLead(tx, lead) ? ofGone(receipt, lead) : await act(tx, company.id, lead, decision))
  }
  return results
}

/**
 * Of a lead that is here no more: what has come before is off the device's hands, with all that was entered; what its visitor
 * wrote since is theirs to hear of.
 */
export const ofGone = (receipt: Receipt, { id, version }: Pick<Arrived, 'id' | 'version'>): LeadResult =>
  version <= receipt.version ? { id, status: 'duplicate' } : refused(id, 'deleted')

async function act(tx: Transaction, company: string, lead: Arrived, decision: ReturnType<typeof decide>): Promise<LeadResult> {
  const { id } = lead
  switch (decision) {
    case 'taken': return refused(id, 'lead_taken')
    case 'nothing': return { id, status: 'duplicate' }
    case 'replace': return { id, status: 'stored' }
    case 'keep': {
      await keepVersion(tx, company, lead)
      return { id, status: 'duplicate' }
    }
  }
}
