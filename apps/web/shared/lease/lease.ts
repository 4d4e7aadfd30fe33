/**
 * The lease of a device on a person's data: so many days after the server was last heard the data may be shown without
 * it. All times are this device's own, in ms since 1970: the server's clock may be another one, and a difference between
 * the two is no reason to show anything longer or shorter.
 */
export interface LeaseRecord {
  /** When our server last gave an answer for this person. */
  contact: number
  /** The latest that this device's clock ever said, as far as anybody looked. */
  seen: number
  /** For how many days the server lends. */
  days: number
}

/** Why nothing is shown: too long without the server, or the clock was set back and says nothing about how long. */
export type LeaseEnd = 'expired' | 'clock'

/** Until a server says otherwise (LEASE_DAYS). */
export const STANDARD_LEASE_DAYS = 30

/** With each answer for a person: for how many days the device may show the data without the server. */
export const LEASE_HEADER = 'x-lease-days'

/** What stands in the place of an SQLSTATE where a read is not answered for this reason; its message is the `LeaseEnd`. */
export const LEASE_ENDED = 'lease_ended'

const DAY_MS = 86_400_000

/** A clock is corrected by minutes, and moved by hours where somebody travels without telling it the zone. */
const BACK_MS = DAY_MS

/** A lease that begins now: of a device that has just heard the server, or of whose first day nobody knows. */
export const newLease = (now: number, days: number = STANDARD_LEASE_DAYS): LeaseRecord => ({ contact: now, seen: now, days })

/** Since when answers that are kept beside the database may be shown. */
export const leaseBegan = ({ days }: LeaseRecord, now: number): number => now - days * DAY_MS

/** From after this moment on nothing may be shown. */
export const leaseRunsOut = ({ contact, days }: LeaseRecord): number => contact + days * DAY_MS

/** Whether the lease has ended, and why; undefined while it holds. */
export function leaseEnd(record: LeaseRecord, now: number): LeaseEnd | undefined {
  if (now < Math.max(record.seen, record.contact) - BACK_MS) return 'clock'
  return now > leaseRunsOut(record) ? 'expired' : undefined
}
