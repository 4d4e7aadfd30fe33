import { createHash } from 'node:crypto'
import { answerBody } from '../../shared/protocol/answers'
import type { LeadResult } from '../../shared/protocol/leads'
import { sentLead, type SentLead } from '../../shared/leads/lead'
import type { LeadContent } from '../db/leads'
import { withForm } from '../db/door'
import { fieldsOf } from '../http/body'
import { Refusal } from '../http/refusal'
import { tokenHash } from '../session/token'
import { formCompany } from './company'
import { decide } from './decide'
import { keepVersion, lockReceipts, putAside, replaceLead, storeNew } from './store'

/** A person does not fill in four fields in less. */
const LEAST_FILLED_MS = 1_500
/** Nothing was on a device for longer; what says so has no clock to speak of. */
const MOST_AGE_MS = 5 * 366 * 86_400_000

/** A lead that can be stored, as the statements take it. */
export interface Arrived extends LeadContent {
  readonly id: string
  readonly version: number
  readonly token_hash: string
  readonly content_hash: string
  readonly age_ms: number
}

/**
 * Takes in what a form sends, each lead by itself and once, whatever comes again. Out: one result a lead, in their order.
 * Throws `not_found` where there never was such a company.
 */
export async function receiveLeads(asked: string, given: readonly unknown[]): Promise<LeadResult[]> {
  const company = await formCompany(asked)
  if (!company) throw new Refusal('not_found')
  const read = given.map(readLead)
  const results = read.map(one => 'result' in one ? one.result : undefined)
  await withForm(company.id, async (tx) => {
    for (const wave of waves(read)) {
      const leads = wave.map(({ lead }) => lead)
      const told = company.open ? await store(tx, company.id, leads) : await putAside(tx, company.id, leads)
      for (const { lead, place } of wave) results[place] = told.get(lead.id)
    }
  })
  return results.map(result => result ?? refused('', 'internal'))
}

type Read = { result: LeadResult } | { lead: Arrived }

function readLead(value: unknown): Read {
  const read = sentLead.safeParse(value)
  const id = idOf(value)
  if (!read.success) return { result: { ...answerBody('invalid_input', { fields: fieldsOf(read.error) }), id, status: 'refused' } }
  const { website, filled_ms: filled } = read.data
  if (website !== '' || filled < LEAST_FILLED_MS) return { result: refused(id, 'spam_suspected') }
  return { lead: arrived(read.data) }
}

function arrived({ id, version, token, age_ms: age, name, email, phone, message, score, variant }: SentLead): Arrived {
  const content: LeadContent = { name, email, phone: phone || null, message, score, variant }
  return {
    ...content, id, version, token_hash: tokenHash(token), age_ms: Math.min(Math.max(age, 0), MOST_AGE_MS),
    content_hash: createHash('sha256').update(JSON.stringify(Object.values(content))).digest('hex'),
  }
}

/** What a lead calls itself, as far as that can be said back. */
function idOf(value: unknown): string {
  const id: unknown = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined
  return typeof id === 'string' && id.length <= 100 ? id : ''
}

const refused = (id: string, code: 'internal' | 'spam_suspected' | 'lead_taken' | 'deleted'): LeadResult => ({ ...answerBody(code), id, status: 'refused' })

/** The leads in groups in which each id is there once: one statement stores a group. */
function waves(read: readonly Read[]): { lead: Arrived, place: number }[][] {
  const all: { lead: Arrived, place: number }[][] = []
  const seen = new Map<string, number>()
  for (const [place, one] of read.entries()) {
    if (!('lead' in one)) continue
    const turn = seen.get(one.lead.id) ?? 0
    seen.set(one.lead.id, turn + 1)
    ;(all[turn] ??= []).push({ lead: one.lead, place })
  }
  return all
}

async function store(tx: Parameters<typeof storeNew>[0], company: string, leads: readonly Arrived[]): Promise<Map<string, LeadResult>> {
  const results = new Map<string, LeadResult>()
  const made = await storeNew(tx, company, leads)
  for (const [id, isStored] of made) results.set(id, isStored ? { id, status: 'stored' } : refused(id, 'lead_taken'))
  const again = leads.filter(({ id }) => !made.has(id))
  const receipts = await lockReceipts(tx, again.map(({ id }) => id))
  for (const lead of again) {
    const receipt = receipts.get(lead.id)
    const decision = receipt ? decide(receipt, lead) : 'taken'
    results.set(lead.id, await act(tx, company, lead, decision))
  }
  return results
}

async function act(tx: Parameters<typeof storeNew>[0], company: string, lead: Arrived, decision: ReturnType<typeof decide>): Promise<LeadResult> {
  const { id } = lead
  switch (decision) {
    case 'taken': return refused(id, 'lead_taken')
    case 'nothing': return { id, status: 'duplicate' }
    case 'replace': return await replaceLead(tx, lead) ? { id, status: 'stored' } : refused(id, 'deleted')
    case 'keep': {
      await keepVersion(tx, company, lead)
      return { id, status: 'duplicate' }
    }
  }
}
