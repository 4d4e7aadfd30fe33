import { setTimeout as delay } from 'node:timers/promises'
import type { Finding, Place } from '../checks/check'
import { lookAtElectric } from '../checks/electric'

const EVERY_MS = 30_000

/**
 * Looks again at an Electric that was away when the server started, until all is well with it. People are served by
 * then, so what it finds is said, once as long as it is the same, and ends nothing.
 */
export async function watchElectric(place: Pick<Place, 'electricUrl' | 'electricKeys'>, said: string, say: (sentence: string) => void): Promise<void> {
  for (let last = said; ;) {
    await delay(EVERY_MS, undefined, { ref: false })
    const findings = await lookAtElectric(place)
    const wrong = findings.filter(isWrong).map(({ sentence }) => sentence).join('\n')
    if (wrong !== last) say(wrong || 'Electric is there: sync goes on.')
    if (!findings.some(({ status }) => status === 'failed' || status === 'away')) return
    last = wrong
  }
}

export const isWrong = ({ status }: Finding) => status !== 'ok'
