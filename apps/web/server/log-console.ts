import { format } from 'node:util'
import { withoutData } from './db/without-data'
import { log } from './log'

const LEVELS = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const

/** What libraries print goes into the log as lines of it: they know nothing of what may not be read there. */
export function logConsole(): void {
  for (const [method, level] of Object.entries(LEVELS)) {
    console[method as keyof typeof LEVELS] = (...args: unknown[]) => {
      const errors = args.filter(arg => arg instanceof Error).map(withoutData)
      const rest = args.filter(arg => !(arg instanceof Error))
      log[level]({ ...(errors.length > 0 && { err: errors }) }, format(...rest))
    }
  }
}
