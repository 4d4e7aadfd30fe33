import { withoutData } from '../db/without-data'
import { log } from '../log'
import { untilOpen } from '../opening'
import { sweepAnswers } from '../upkeep/answers'
import { sweepExpired } from '../upkeep/expired'
import { sweepDeleted } from '../upkeep/retention'

const EVERY_MS = 6 * 60 * 60 * 1_000

const SWEEPS: readonly (readonly [what: string, sweep: () => Promise<number>])[] = [
  ['old answers of mutations', sweepAnswers],
  ['expired sessions, links, sign-ups and attempts', sweepExpired],
  ['what was deleted longer ago than it is kept', sweepDeleted],
]

/** What a server does by itself, when it starts and then four times a day. What fails is tried again the next time. */
export default defineNitroPlugin((nitro) => {
  let running = Promise.resolve()
  const work = () => { running = running.then(sweepAll) }
  const timer = setInterval(work, EVERY_MS)
  void untilOpen().then(work)
  nitro.hooks.hook('close', () => {
    clearInterval(timer)
    return running
  })
})

/** One after the other; one that fails leaves the others alone. */
async function sweepAll(): Promise<void> {
  for (const [what, sweep] of SWEEPS) {
    try {
      const swept = await sweep()
      if (swept > 0) log.info({ what, swept }, 'swept')
    }
    catch (error) {
      log.warn({ what, err: withoutData(error) }, 'not swept')
    }
  }
}
