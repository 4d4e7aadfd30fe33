import type { Finding, Place } from './check'
import { lookAtDatabase } from './database'
import { lookAtElectric } from './electric'

/** Looks at everything that must be so, in the order in which a person would. */
export async function lookAtAll(place: Place): Promise<Finding[]> {
  return (await Promise.all([lookAtDatabase(place), lookAtElectric(place)])).flat()
}

/**
 * The findings as lines for a person, with a count at the end, and whether one of them failed. Who asks wants to know
 * what works now: what is away has failed.
 */
export function reportOf(findings: readonly Finding[]): { lines: string[], hasFailed: boolean } {
  const seen = findings.map(({ status, ...finding }) => ({ ...finding, status: status === 'away' ? 'failed' as const : status }))
  const width = Math.max(...seen.map(({ name }) => name.length))
  const count = (wanted: Finding['status']) => seen.filter(({ status }) => status === wanted).length
  return {
    lines: [
      ...seen.map(({ name, status, sentence }) => `${status.padEnd(7)}  ${name.padEnd(width)}  ${sentence}`),
      `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed`,
    ],
    hasFailed: count('failed') > 0,
  }
}
