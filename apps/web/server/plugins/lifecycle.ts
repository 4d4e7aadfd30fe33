import { connections } from '../db/pool'
import { EnvironmentError, environment } from '../environment'
import { beginClosing } from '../shapes/closing'

/** A server that lacks what it needs ends at once, not at the first request; one that is told to stop does so soon. */
export default defineNitroPlugin((nitro) => {
  try {
    environment()
  }
  catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
  // Nitro waits for requests to end before it closes, and a live request would hold it for 20 s.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, beginClosing)
  nitro.hooks.hook('close', () => connections().end())
})
