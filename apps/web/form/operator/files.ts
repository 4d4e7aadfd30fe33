import { csvLine } from '#shared/leads/csv'
import type { LeadEntry } from '../leads/entry'

/** What a file of leads says of each: what was entered, and what became of it; no secret of the device. */
const lineOf = ({ id, name, email, phone, message, score, variant, state, answer, made_at: made }: LeadEntry) =>
  ({ id, entered_at: new Date(made).toISOString(), name, email, phone, message, score: String(score), variant: variant ?? '', state, reason: answer ? `${answer.code}: ${answer.message}` : '' })

const COLUMNS = ['id', 'entered_at', 'name', 'email', 'phone', 'message', 'score', 'variant', 'state', 'reason'] as const

export const asJson = (leads: readonly LeadEntry[]): string => `${JSON.stringify(leads.map(lineOf), undefined, 2)}\n`

/** With a mark of its order of bytes, without which some programs read other letters. */
export const asCsv = (leads: readonly LeadEntry[]): string =>
  `\uFEFF${[COLUMNS, ...leads.map((lead) => {
    const line = lineOf(lead)
    return COLUMNS.map(column => line[column])
  })].map(csvLine).join('')}`
