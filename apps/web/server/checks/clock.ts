import { failed, ok, warning, type Check, type Verdict } from './check'
import type { Database, Electric } from './subjects'

/** Above what a busy machine and the whole seconds of an HTTP date make of clocks that are right. */
const NOTICED_S = 5
/** From here on limits of attempts, which count by the app's clock, let somebody through or lock somebody out. */
const TOO_MUCH_S = 60

const CURE = 'turn on time synchronisation (chrony, systemd-timesyncd) on both machines'

export const databaseClock: Check<Database> = {
  name: 'clock of PostgreSQL',
  async look({ app }) {
    const began = Date.now()
    const { rows: [row] } = await app.query<{ ms: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms')
    const seconds = apart((row?.ms ?? 0), began, Date.now())
    return seconds >= TOO_MUCH_S ? failed(`${said('PostgreSQL', seconds)}: ${CURE}.`) : judge('PostgreSQL', seconds)
  },
}

/** Electric's clock decides about nothing of ours, so it never keeps the app from starting. */
export const electricClock: Check<Electric> = {
  name: 'clock of Electric',
  look: ({ date }) => date ? judge('Electric', apart(date.at, date.asked, date.answered)) : warning('Electric does not say what time it is: put no proxy between it and the app that takes the Date header away.'),
}

function judge(whose: string, seconds: number): Verdict {
  return seconds >= NOTICED_S ? warning(`${said(whose, seconds)}: ${CURE}.`) : ok(`${whose} and this machine agree`)
}

const said = (whose: string, seconds: number) => `The clocks of this machine and of ${whose} are ${Math.round(seconds)} seconds apart`

/** How far their time lies outside of the stretch in which they must have looked at it. */
function apart(theirs: number, asked: number, answered: number): number {
  return Math.max(asked - theirs, theirs - answered, 0) / 1_000
}
