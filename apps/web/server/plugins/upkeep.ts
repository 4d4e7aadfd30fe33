import { withoutData } from '../db/without-data'
import { log } from '../log'
import { sweepAnswers } from '../mutations/sweep'
import { untilOpen } from '../opening'

const EVERY_MS = 6 * 60 * 60 * 1_000

/** What a server does by itself, when it starts and then four times a day. What fails is tried again the next time. */
export default defineNitroPlugin((nitro) => {
  let running = Promise.resolve()
  const work = () => {
    running = sweepAnswers().then(
      (swept) => { if (swept > 0) log.info({ swept }, 'old answers of mutations were taken away') },
      (error: unknown) => { log.warn({ err: withoutData(error) }, 'old answers of mutations were not taken away') },
    )
  }
  const timer = setInterval(work, EVERY_MS)
  void untilOpen().then(work)
  nitro.hooks.hook('close', () => {
    clearInterval(timer)
    return running
  })
})
