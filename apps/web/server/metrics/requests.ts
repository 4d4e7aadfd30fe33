import { Counter, Histogram } from 'prom-client'
import { registry } from './registry'

const requests = new Counter({
  name: 'mvdb_http_requests_total', help: 'Requests that ended, by route and status; "page" is everything outside of /api, status 499 one whose asker left first.', labelNames: ['route', 'status'], registers: [registry],
})
const duration = new Histogram({
  name: 'mvdb_http_request_seconds', help: 'How long they took; streams and held requests are long by nature.', labelNames: ['route'],
  buckets: [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 30], registers: [registry],
})

/** Counts a request that has ended. `route`: the pattern of a route of ours, never a path as it came. */
export function countRequest(route: string, status: number, ms: number): void {
  requests.inc({ route, status })
  duration.observe({ route }, ms / 1000)
}
