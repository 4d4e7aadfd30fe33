import type { SyncStatusRow } from '#shared/protocol/leader'
import { ANSWERS, type AnswerCode } from '#shared/protocol/answers'
import { STORAGE_FULL } from '#shared/protocol/storage'

const NAMES: Record<string, string> = {
  'user': 'Your profile', 'memberships': 'Your memberships', 'company': 'The company', 'members': 'Members', 'groups': 'Groups',
  'group-members': 'People in groups', 'workspaces': 'Workspaces', 'folders': 'Folders', 'leads': 'Leads',
}

const number = new Intl.NumberFormat('en')
const time = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })

/** What a shape holds, as people call it. */
export const shapeName = (shape: string) => NAMES[shape] ?? shape

/** How many rows of it are here, of how many. */
export function shapeRows({ row_count: rows, row_estimate: estimate, complete }: SyncStatusRow): string {
  const held = `${number.format(rows)} ${rows === 1 ? 'row' : 'rows'}`
  return !complete && estimate !== null && estimate > rows ? `${held} of about ${number.format(estimate)}` : held
}

/** A moment as the panel says it. */
export const timeOf = (moment: Date) => time.format(moment)

/** Its state as a sentence. */
export function shapeState({ state, last_synced_at: synced, error_code: code, error, offline_since: offline, rows_per_second: pace }: SyncStatusRow): string {
  const since = `${offline ? ` Since ${timeOf(offline)}.` : ''}${synced ? ` Last up to date ${timeOf(synced)}.` : ''}`
  switch (state) {
    case 'live': return 'Up to date; changes come as they happen.'
    case 'syncing': return `The rows are being fetched${pace === null ? '' : `, ${number.format(pace)} a second`}.${since}`
    case 'connecting': return `Waiting for the server.${since}`
    case 'offline':
      if (code === 'sign_in') return `The server wants a new sign-in.${since}`
      return `The server ${code === null || code === 'network' ? 'cannot be reached' : 'answers with an error'}; this is tried again by itself.${since}`
    case 'error': return `${code !== null && code in ANSWERS ? ANSWERS[code as AnswerCode].sentence : error ?? 'Some changes could not be taken over.'}${code === STORAGE_FULL.code ? ` ${STORAGE_FULL.next}` : ''}${since}`
    case 'revoked': return 'No longer shared with you; removed from this device.'
    case 'idle': return 'Not kept on this device; its pages ask the server.'
  }
}
