import { createServer, type Server } from 'node:http'
import { registry } from './registry'

/** A scrape is one short request. */
const PATIENCE_MS = 10_000

/**
 * Serves the metrics on a port of their own, for a Prometheus beside the server: they say how many people work here and
 * when, and ask nobody who they are. Resolves when it listens; throws what the system says where it cannot.
 */
export async function serveMetrics(host: string, port: number): Promise<Server> {
  const server = createServer((req, res) => {
    if (req.method !== 'GET' || req.url?.split('?')[0] !== '/metrics') return void res.writeHead(404).end()
    registry.metrics().then(
      text => res.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text),
      () => res.writeHead(500).end(),
    )
  })
  server.requestTimeout = PATIENCE_MS
  server.headersTimeout = PATIENCE_MS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return server
}
