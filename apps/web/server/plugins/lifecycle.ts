import { connections } from '../db/pool'
import { EnvironmentError, environment } from '../environment'
import { log } from '../log'
import { beginClosing } from '../shapes/closing'
import { beginStopping, isStopping } from '../stopping'

/** Nitro listens to this in place of the signals: it stops at the first word, and some come before that. */
const DRAINED = 'drained'
/** So long requests that run may take to their end. Longer ones (an import) are cut, and go on where they were when asked again. */
const IN_FLIGHT_MS = 20_000
/** And so long the rest: sweeps that run, the connections to PostgreSQL. */
const CLOSE_MS = 5_000

/**
 * A server that lacks what it needs ends at once, not at the first request. One that is told to stop:
 *
 *   serving ── SIGTERM, SIGINT ──▶ draining (not ready; everything is served, and connections end with their answers)
 *           ── DRAIN_SECONDS ────▶ closing (no new connections; streams end between two lines, held requests are answered)
 *           ── all answered, or 20 s ──▶ closed (pool, metrics, sweeps) ──▶ exit 0
 *
 * A second signal ends it at once.
 */
export default defineNitroPlugin((nitro) => {
  try {
    environment()
  }
  catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
  const { DRAIN_SECONDS } = environment()
  process.env.NITRO_SHUTDOWN_SIGNALS = DRAINED
  process.env.NITRO_SHUTDOWN_TIMEOUT = String(IN_FLIGHT_MS)
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping()) {
      log.warn({ signal }, 'told to stop again: it ends at once')
      process.exit(1)
    }
    log.info({ signal }, 'told to stop')
    beginStopping()
    setTimeout(() => {
      beginClosing()
      // No name of a signal, hence the cast; Nitro takes any.
      process.emit(DRAINED as 'SIGTERM', DRAINED as 'SIGTERM')
    }, DRAIN_SECONDS * 1000)
    setTimeout(() => {
      log.warn('what was left was not waited for any longer')
      process.exit(0)
    }, DRAIN_SECONDS * 1000 + IN_FLIGHT_MS + CLOSE_MS).unref()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  // A proxy keeps its connections: one that it uses while we drain is one that it would lose a request on afterwards.
  nitro.hooks.hook('request', (event) => {
    if (isStopping()) event.node.res.setHeader('connection', 'close')
  })
  nitro.hooks.hook('close', () => connections().end())
})
