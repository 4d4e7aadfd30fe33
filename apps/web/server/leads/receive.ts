import { createHash } from 'node:crypto'
import { answerBody } from '../../shared/protocol/answers'
import type { LeadResult } from '../../shared/protocol/leads'
import { sentLead, type SentLead } from '../../shared/leads/lead'
import type { LeadContent } from '../db/leads'
import { withForm, type Transaction } from '../db/door'
import { fieldsOf } from '../http/body'
import { Refusal } from '../http/refusal'
import { tokenHash } from '../session/token'
import { formCompany, type FormCompany } from './company'
import { decide } from './decide'
import { countFor } from './limit'
import { lockLeads, lockReceipts, putAside } from './store'
import { ofGone, refused, takeIn, type Arrived } from './take-in'

/** A person does not fill in four fields in less. */
const LEAST_FILLED_MS = 1_500
/** Nothing was on a device for longer; what says so has no clock to speak of. */
const MOST_AGE_MS = 5 * 366 * 86_400_000

/** No device sends a lead so often at once; each time is a round of statements. */
const MOST_OF_ONE = 4

/**
 * Takes in what a form sends, each lead by itself and once, whatever comes again. Out: one result a lead, in their order.
 * Throws `not_found` where there never was such a company.
 */
export async function receiveLeads(asked: string, given: readonly unknown[]): Promise<LeadResult[]> {
  const company = await formCompany(asked)
  if (!company) throw new Refusal('not_found')
  await countFor(company.id, given.length)
  const read = given.map(readLead)
  const results = read.map(one => 'result' in one ? one.result : undefined)
  await withForm(company.id, async (tx) => {
    for (const wave of waves(read)) {
      const [aside, taken] = [new Map<Arrived, 'closed' | 'spam'>(), [] as Arrived[]]
      for (const { lead } of wave) {
        const reason = reasonAgainst(company, lead)
        if (reason) aside.set(lead, reason)
        else taken.push(lead)
      }
      const told = new Map([...await takeIn(tx, company, taken), ...await keepAside(tx, company, aside)])
      for (const { lead, place } of wave) results[place] = told.get(lead.id)
    }
  })
  return results.map((result, place) => result ?? refused(idOf(given[place]), 'invalid_input'))
}

/** Why no member is to see a lead; undefined where they are. What a closed form had taken on a device before is theirs. */
function reasonAgainst({ open, closed_at: closed }: FormCompany, { isSuspect, age_ms: age }: Arrived): 'closed' | 'spam' | undefined {
  if (isSuspect) return 'spam'
  return open || (closed !== null && Date.now() - age < Date.parse(closed)) ? undefined : 'closed'
}

type Read = { result: LeadResult } | { lead: Arrived }

function readLead(value: unknown): Read {
  const read = sentLead.safeParse(value)
  const id = idOf(value)
  if (!read.success) return { result: { ...answerBody('invalid_input', { fields: fieldsOf(read.error) }), id, status: 'refused' } }
  return { lead: arrived(read.data) }
}

function arrived({ id, version, token, age_ms: age, filled_ms: filled, website, name, email, phone, message, score, variant }: SentLead): Arrived {
  const content: LeadContent = { name, email, phone: phone || null, message, score, variant }
  return {
    ...content, id, version, isSuspect: website !== '' || filled < LEAST_FILLED_MS, token_hash: tokenHash(token), age_ms: Math.min(Math.max(age, 0), MOST_AGE_MS),
    content_hash: createHash('sha256').update(JSON.stringify(Object.values(content))).digest('hex'),
  }
}

/** What a lead calls itself, as far as that can be said back. */
function idOf(value: unknown): string {
  const id: unknown = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined
  return typeof id === 'string' && id.length <= 100 ? id : ''
}

/** The leads in groups in which each id is there once: one statement stores a group. */
function waves(read: readonly Read[]): { lead: Arrived, place: number }[][] {
  const all: { lead: Arrived, place: number }[][] = []
  const seen = new Map<string, number>()
  for (const [place, one] of read.entries()) {
    if (!('lead' in one)) continue
    const turn = seen.get(one.lead.id) ?? 0
    seen.set(one.lead.id, turn + 1)
    if (turn >= MOST_OF_ONE) continue
    ;(all[turn] ??= []).push({ lead: one.lead, place })
  }
  return all
}

/** What members never see: kept for the operator, unless they have it already, from before. */
async function keepAside(tx: Transaction, { id: company }: FormCompany, leads: ReadonlyMap<Arrived, 'closed' | 'spam'>): Promise<Map<string, LeadResult>> {
  const ids = [...leads.keys()].map(({ id }) => id)
  const living = await lockLeads(tx, ids)
  const receipts = await lockReceipts(tx, ids)
  const results = new Map<string, LeadResult>()
  for (const lead of leads.keys()) {
    const receipt = receipts.get(lead.id)
    if (!receipt || receipt.token_hash !== lead.token_hash) continue
    // Members have deleted, or erased, it: nobody keeps it for them.
    if (!living.has(lead.id)) results.set(lead.id, ofGone(receipt, lead))
    else if (decide(receipt, lead) === 'nothing') results.set(lead.id, { id: lead.id, status: 'duplicate' })
  }
  const kept = [...leads].filter(([{ id }]) => !results.has(id))
  await putAside(tx, company, new Map(kept))
  for (const [{ id }] of kept) results.set(id, { id, status: 'quarantined' })
  return results
}
