import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { environment } from '../environment'
import { log } from '../log'
import { HEADERS_MS, LOOK_EVERY_MS, REQUEST_MS, SILENT_MS } from './times'

/** What PostgreSQL, Electric, files and the log need beside the browsers. */
const KEPT_FREE = 500
const SAID_EVERY_MS = 60_000

/** What the server is made with. */
export const SERVER_OPTIONS = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: LOOK_EVERY_MS }

/** Bounds how many connections there are and how long one may be silent. What is refused is logged, once a minute. */
export function boundConnections(server: Server): void {
  const { MAX_CONNECTIONS, LIVE_HOLD_SECONDS } = environment()
  const openFiles = openFilesAllowed()
  server.maxConnections = Math.min(MAX_CONNECTIONS, Math.max(1, openFiles - KEPT_FREE))
  if (server.maxConnections < MAX_CONNECTIONS) log.warn({ openFiles, connections: server.maxConnections }, 'the limit of open files allows fewer connections than MAX_CONNECTIONS')
  server.timeout = Math.max(SILENT_MS, LIVE_HOLD_SECONDS * 1_000 + SILENT_MS / 3)
  let [refused, saidAt] = [0, -Infinity]
  server.on('drop', () => {
    refused++
    if (performance.now() < saidAt + SAID_EVERY_MS) return
    log.warn({ refused, connections: server.maxConnections }, 'connections were refused: there are as many as MAX_CONNECTIONS allows')
    ;[refused, saidAt] = [0, performance.now()]
  })
}

/** Where the system does not say it, it is not this that ends first. */
function openFilesAllowed(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? Infinity : Number(limit)
  }
  catch {
    return Infinity
  }
}
