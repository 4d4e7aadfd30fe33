// What Nitro's own entry for a Node server does, with bounds for those who only want to hold connections: Nitro makes its
// server out of reach of any plugin.
import '#nitro-internal-pollyfills'
import { createServer } from 'node:http'
import { setupGracefulShutdown, trapUnhandledNodeErrors } from 'nitropack/runtime/internal'
import { environment } from './environment'
import { boundConnections, SERVER_OPTIONS } from './http/bounds'
import { transportHeaders } from './http/headers'
import { paceBody } from './http/pace'
import { log } from './log'

const nitro = useNitroApp()
const answer = toNodeListener(nitro.h3App)
const transport = Object.entries(transportHeaders(environment().PUBLIC_URL))
const server = createServer(SERVER_OPTIONS, (req, res) => {
  for (const [name, value] of transport) res.setHeader(name, value)
  paceBody(req, res)
  void answer(req, res)
})
boundConnections(server)
const host = process.env.NITRO_HOST || process.env.HOST
const port = Number(process.env.PORT || 3000)
server.once('error', (error) => {
  process.stderr.write(`The server cannot listen on port ${port}: ${error.message}.\n`)
  process.exit(1)
})
server.listen({ port, host }, () => log.info(`Listening on http://${host ?? 'localhost'}:${port}`))
trapUnhandledNodeErrors()
setupGracefulShutdown(server, nitro)
