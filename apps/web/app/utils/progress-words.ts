import { isLeaseEnd } from './lease-end'
import { isNotYet } from './pglite-error'
import type { SyncSummary } from './sync-summary'

const NOUNS: Record<string, string> = {
  'user': 'profiles', 'memberships': 'memberships', 'company': 'companies', 'members': 'members', 'groups': 'groups',
  'group-members': 'group members', 'workspaces': 'workspaces', 'folders': 'folders', 'leads': 'leads',
}

const number = new Intl.NumberFormat('en')

/** An estimate is said as roughly as it is known: three figures. */
const about = (count: number) => number.format(Number(count.toPrecision(3)))
/** A count that runs is read in steps, always downwards: it never claims a row that is not there. */
const steps = (count: number) => number.format(count < 1000 ? count : Math.floor(count / 100) * 100)

/** The status line's sentence. */
export function progressWords({ status, progress, lastSyncedAt, offlineSince, error }: SyncSummary, now: Date = new Date()): string {
  const amount = progress && progressAmount(progress)
  switch (status) {
    case 'live': return 'Up to date'
    case 'syncing': return amount ?? 'Syncing'
    case 'connecting': return error && isNotYet(error) ? error.message : amount ?? `Connecting${asOf(lastSyncedAt, now)}`
    case 'offline':
      if (error?.code === 'sign_in') return 'Signed out at the server'
      if (isLeaseEnd(error)) return 'Locked until the server is reached'
      return `${error && error.code !== 'network' ? 'The server answers with an error' : 'Offline'}${offlineSince ? ` since ${clock(offlineSince, now)}` : ''}${asOf(lastSyncedAt, now)}`
    case 'error': return error?.message ?? 'Sync has stopped'
    case 'revoked': return 'No longer shared with you'
    case 'idle': return 'Not syncing'
  }
}

const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })

/** A moment of the last day by the clock, an earlier one by its day. */
const clock = (moment: Date, now: Date) => (now.getTime() - moment.getTime() < 20 * 3600_000 ? hour : day).format(moment)

/** Fewer rows than this are there in the blink of an eye: counting them tells nobody anything. */
const WORTH_COUNTING = 500

function progressAmount({ shape, rows, estimate }: NonNullable<SyncSummary['progress']>): string | undefined {
  if (Math.max(rows, estimate ?? 0) < WORTH_COUNTING) return undefined
  const noun = NOUNS[shape] ?? 'rows'
  if (estimate === undefined || estimate < rows) return `${steps(rows)} ${noun}`
  return `${steps(rows)} of about ${about(estimate)} ${noun}`
}

/** How old what is shown may be. By the clock, because nobody writes the line anew while nothing changes. */
const asOf = (moment: Date | undefined, now: Date) => moment ? `, as of ${clock(moment, now)}` : ''
