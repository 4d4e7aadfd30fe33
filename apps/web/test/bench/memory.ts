import { readFileSync } from 'node:fs'
import { processesOf } from '../support/browser'

/** Mebibytes of the largest renderer of a profile, which is the page's, in which the worker runs too: highest, and now. */
export function memoryOf(profile: string): { peak: number, after: number } {
  const renderers = processesOf(profile).filter(pid => read(pid, 'cmdline').includes('--type=renderer'))
  const largest = (field: string) => Math.max(0, ...renderers.map(pid => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(read(pid, 'status'))?.[1] ?? 0) / 1024))
  return { peak: largest('VmHWM'), after: largest('VmRSS') }
}

/** Empty where the process has ended in the meantime, or where the system shows no processes. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  }
  catch {
    return ''
  }
}
