import { setTimeout as delay } from 'node:timers/promises'
import { withoutData } from '../db/without-data'
import { log } from '../log'

/**
 * Does what is left once a request is answered: how long it takes, and whether there was anything to do, cannot be told
 * from the answer. What fails is logged, without the address that it was about.
 */
export function afterwards(what: string, work: () => Promise<void>): void {
  // Not in this turn: the answer is written first.
  setImmediate(() => {
    work().catch((error: unknown) => log.error({ err: withoutData(error) }, what))
  })
}

/**
 * Does the work and answers at the next full beat, counted from the start: two works whose lengths differ by less than a
 * beat take the same time.
 */
export async function onTheBeat<Result>(beatMs: number, work: () => Promise<Result>): Promise<Result> {
  const began = performance.now()
  try {
    return await work()
  }
  finally {
    const taken = performance.now() - began
    await delay(Math.ceil((taken + 1) / beatMs) * beatMs - taken)
  }
}
