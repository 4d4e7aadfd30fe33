import { failed, ok, warning, type Check } from './check'
import { REFUSED, type Electric } from './subjects'

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** The secret is all that stands between whoever reaches Electric and every row of every company. */
export const electricSecret: Check<Electric> = {
  name: 'secret of Electric',
  look({ url, statuses: { right, wrong } }) {
    if (right === REFUSED) return failed('Electric refuses ELECTRIC_API_KEY: give it the value of ELECTRIC_SECRET that Electric was started with.')
    if (wrong === REFUSED) return ok('the right one is taken, a wrong one refused')
    const cure = 'start it with ELECTRIC_SECRET and without ELECTRIC_INSECURE'
    // For trying things out on one's own machine; whoever is on it reads every row.
    if (LOOPBACK.test(new URL(url).hostname)) return warning(`Electric takes any secret, so everybody on this machine may read every row: ${cure}.`)
    return failed(`Electric takes any secret, so whoever reaches it may read every row: ${cure}.`)
  },
}
