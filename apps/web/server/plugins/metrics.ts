import { environment } from '../environment'
import { watchDependencies } from '../metrics/dependencies'
import { serveMetrics } from '../metrics/listener'
import { watchProcess } from '../metrics/process'

/** Serves the metrics where the operator said on which port; they are not behind the app's own. */
export default defineNitroPlugin((nitro) => {
  const { METRICS_HOST, METRICS_PORT } = environment()
  if (METRICS_PORT === undefined) return
  watchProcess()
  watchDependencies()
  const serving = serveMetrics(METRICS_HOST, METRICS_PORT)
  serving.catch((error: NodeJS.ErrnoException) => {
    process.stderr.write(`The metrics cannot be served on ${METRICS_HOST}:${METRICS_PORT} (${error.code}), so the server does not go on: give it a free METRICS_PORT, or none.\n`)
    process.exit(1)
  })
  nitro.hooks.hook('close', async () => {
    const server = await serving
    server.closeAllConnections()
    server.close()
  })
})
