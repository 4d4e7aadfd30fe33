import { Counter, Gauge, Histogram } from 'prom-client'
import { commitsIn } from './commits'
import { registry } from './registry'

/** `page`: a snapshot or catch-up that one browser asked for. `live`: what happened since. */
export type Road = 'page' | 'live'

/** Why Electric is asked (shapes/upstream): `pages` for a browser, `brief` what happened since a position, `live` the same, held. */
export type Upstream = 'pages' | 'brief' | 'live'

/** How a request to Electric ended. `given_up`: nobody waited for it any more. */
export type UpstreamOutcome = 'answered' | 'must_refetch' | 'refused_position' | 'refused_key' | 'unwell' | 'unreachable' | 'given_up'

const inFlight = new Gauge({
  name: 'mvdb_upstream_requests_in_flight', help: 'Requests to Electric that have not ended, by what they are for.', labelNames: ['asking'], registers: [registry],
})
const requests = new Counter({
  name: 'mvdb_upstream_requests_total', help: 'Requests to Electric, by what they were for and by how they ended.', labelNames: ['asking', 'outcome'], registers: [registry],
})
const batches = new Counter({
  name: 'mvdb_shape_batches_total', help: 'Answers of Electric that were passed on to viewers, by shape and road.', labelNames: ['shape', 'road'], registers: [registry],
})
const bytes = new Counter({
  name: 'mvdb_shape_bytes_total', help: 'Their length before compression: of live ones the text, of pages what came from Electric, heads and framing included.', labelNames: ['shape', 'road'], registers: [registry],
})
const lag = new Histogram({
  name: 'mvdb_sync_lag_seconds',
  help: 'From the commit of a mutation in this process until its rows were first put on a line to a viewer by this process; what takes over a minute is not in it.',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  registers: [registry],
})

/** Counts a request to Electric as begun. Out: what to call with how it ended; only the first word counts. */
export function upstreamBegins(asking: Upstream): (outcome: UpstreamOutcome) => void {
  let isOver = false
  inFlight.inc({ asking })
  return (outcome) => {
    if (isOver) return
    isOver = true
    inFlight.dec({ asking })
    requests.inc({ asking, outcome })
  }
}

/** Counts a batch that goes out to one viewer, of so many bytes (or characters: rows are mostly ASCII). */
export function batchDelivered(shape: string, road: Road, length: number): void {
  batches.inc({ shape, road })
  bytes.inc({ shape, road }, length)
}

/**
 * Notes how long it took from commits of this process to a batch's being put on a line. Only the first viewer of each
 * commit counts: who comes back after an hour gets what is an hour old, and that is no lag.
 */
export function observeLag(body: string): void {
  for (const at of commitsIn(body)) lag.observe((performance.now() - at) / 1000)
}
