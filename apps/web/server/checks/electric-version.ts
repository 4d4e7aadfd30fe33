import { failed, ok, warning, type Check } from './check'
import { REFUSED, type Electric } from './subjects'

/** Before it, a path variant went past the secret. */
const OLDEST = [1, 7, 12]
const SAYS = /^ElectricSQL\/(\d+)\.(\d+)\.(\d+)/
const CURE = `run electricsql/electric:${OLDEST.join('.')} or newer`

export const electricVersion: Check<Electric> = {
  name: 'version of Electric',
  look({ server, statuses: { wrong, variant } }) {
    if (wrong === REFUSED && variant !== REFUSED && variant !== 404) return failed(`Electric answers without the secret at another spelling of its path (/v1/shape/): ${CURE}.`)
    const said = SAYS.exec(server ?? '')
    if (!said) return warning(`Electric does not say its version: ${CURE}.`)
    const version = said.slice(1).map(Number)
    return isOlder(version) ? failed(`Electric is ${version.join('.')}: ${CURE}.`) : ok(`Electric ${version.join('.')}`)
  },
}

function isOlder(version: number[]): boolean {
  const place = OLDEST.findIndex((part, index) => part !== version[index])
  return place >= 0 && (version[place] ?? 0) < (OLDEST[place] ?? 0)
}
