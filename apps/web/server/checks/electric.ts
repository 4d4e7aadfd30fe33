import { away, failed, placeOf, type Check, type Finding, type Place, type Verdict } from './check'
import { electricClock } from './clock'
import { electricSecret } from './electric-secret'
import { electricVersion } from './electric-version'
import { REFUSED, type Electric } from './subjects'

const PATIENCE_MS = 2_000

const CHECKS: readonly Check<Electric>[] = [electricVersion, electricSecret, electricClock]

/** Looks at everything that must be so of Electric; where it cannot be reached, that is the one finding. */
export async function lookAtElectric({ electricUrl, electricKeys }: Pick<Place, 'electricUrl' | 'electricKeys'>): Promise<Finding[]> {
  try {
    const asked = Date.now()
    const health = await ask(new URL('/v1/health', electricUrl))
    const answered = Date.now()
    const state = judgeHealth(health.status, electricUrl)
    if (state.status !== 'ok') return [{ name: 'Electric', ...state }]
    const at = Date.parse(health.headers.get('date') ?? '')
    const electric: Electric = {
      url: electricUrl,
      server: health.headers.get('electric-server') ?? undefined,
      date: Number.isNaN(at) ? undefined : { at, asked: wholeSecond(asked), answered },
      statuses: await statusesOf(electricUrl, electricKeys),
    }
    const findings = await Promise.all(CHECKS.map(async check => ({ name: check.name, ...await check.look(electric) })))
    return [{ name: 'Electric', ...state }, ...findings]
  }
  catch {
    // What the error says may hold the address, and with it the secret.
    return [{ name: 'Electric', ...away(`Electric cannot be reached at ${placeOf(electricUrl)}: start it, or correct ELECTRIC_URL.`) }]
  }
}

function judgeHealth(status: number, url: string): Verdict {
  if (status === 200) return { status: 'ok', sentence: `active at ${placeOf(url)}` }
  if (status === 202 || status >= 500) return away(`Electric at ${placeOf(url)} is starting or unwell (${status}): wait, and read its log if that stays; it needs PostgreSQL and its role there.`)
  return failed(`What answers at ${placeOf(url)} is not Electric (${status}): correct ELECTRIC_URL.`)
}

async function statusesOf(electricUrl: string, keys: readonly string[]): Promise<Electric['statuses']> {
  const status = async (path: string, secret?: string) => {
    const url = new URL(path, electricUrl)
    if (secret !== undefined) url.searchParams.set('secret', secret)
    return (await ask(url)).status
  }
  const [rights, wrong, variant] = await Promise.all([
    Promise.all(keys.map(key => status('/v1/shape?offset=-1', key))),
    status('/v1/shape?offset=-1', 'not-the-secret-of-this-electric'),
    // Old versions asked for the secret at the plain path only (GHSA-m4f6-p2j8-rq76).
    status('/v1/shape/?offset=-1'),
  ])
  return { right: rights.find(one => one !== REFUSED) ?? REFUSED, wrong, variant }
}

async function ask(url: URL): Promise<Response> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) })
  await response.body?.cancel()
  return response
}

/** HTTP dates have no milliseconds: what was said in this second may look as if it were said before. */
const wholeSecond = (ms: number) => Math.floor(ms / 1_000) * 1_000
