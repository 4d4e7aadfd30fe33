import { connections } from '../db/pool'
import { EnvironmentError, environment } from '../environment'

/** A server that was started without what it needs ends at once, not at the first request. */
export default defineNitroPlugin((nitro) => {
  try {
    environment()
  }
  catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
  nitro.hooks.hook('close', () => connections().end())
})
