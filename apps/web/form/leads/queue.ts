import type { LeadAnswer, LeadEntry } from './entry'

/** Where leads wait for the server, as far as sending them goes: the journal of a form, or the table of a program (`offline/`). */
export interface LeadQueue {
  /** All of them, in their order. */
  all(): Promise<LeadEntry[]>
  /** Notes why the server refused leads, by their ids: of the version that it was asked about, and no later one. */
  refuse(refused: ReadonlyMap<string, { version: number, answer: LeadAnswer }>): Promise<void>
  /** Takes leads away for good, each in the version that is given and no later one: no byte of them is left on the disk. */
  erase(gone: ReadonlyMap<string, number>): Promise<void>
  /** Does it if nobody else does the same for this tenant. Where there is none, tabs agree among themselves. */
  alone?(work: () => Promise<void>): Promise<void>
}

/** Of what the tabs of a tenant tell each other: that its leads are not what they were. */
export const leadsChannel = (tenantId: string) => `leads:${tenantId}`
export const LEADS_CHANGED = 'changed'
