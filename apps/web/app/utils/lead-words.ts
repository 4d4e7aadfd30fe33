import { LEAD_STATUSES, type LeadStatus } from '#shared/catalogue/lead-statuses'

const WORDS: Readonly<Record<LeadStatus, string>> = { new: 'New', open: 'Open', won: 'Won', lost: 'Lost', spam: 'Spam' }

/** A status for people; one of a newer version is shown as it is. */
export const statusWord = (status: string): string => Object.hasOwn(WORDS, status) ? WORDS[status as LeadStatus] : status

/** All that a lead may be, to choose from. */
export const statusItems = LEAD_STATUSES.map(value => ({ label: statusWord(value), value }))

/** Some tags in a line. */
export const tagWords = (tags: readonly string[]): string => tags.join(', ') || 'None'

/** Who looks after a lead, of the people of the company; undefined: they are not read yet, and nobody is said to have left. */
export function assigneeWords(id: string | null, members: readonly { user_id: string, name: string }[] | undefined): string {
  if (id === null) return 'Nobody'
  return members === undefined ? '…' : members.find(member => member.user_id === id)?.name ?? 'Someone who has left'
}
