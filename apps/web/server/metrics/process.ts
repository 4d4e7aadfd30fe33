import { collectDefaultMetrics, Gauge } from 'prom-client'
import { connectionUse } from '../db/usage'
import { liveViewers } from '../shapes/places'
import { registry } from './registry'

/** What is read off when somebody asks: viewers, connections, and Node's own figures (memory, event-loop delay, collections). */
export function watchProcess(): void {
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'mvdb_live_viewers', help: 'Sessions that hold a stream or a live request in this process.', registers: [registry],
    collect() { this.set(liveViewers().sessions) },
  })
  new Gauge({
    name: 'mvdb_live_requests', help: 'Streams and live requests that this process holds.', registers: [registry],
    collect() { this.set(liveViewers().requests) },
  })
  new Gauge({
    name: 'mvdb_database_connections', help: 'Connections of this process to PostgreSQL: busy and idle ones, and "most", which it never goes beyond.', labelNames: ['state'], registers: [registry],
    collect() {
      const { busy, idle, most } = connectionUse()
      for (const [state, count] of Object.entries({ busy, idle, most })) this.set({ state }, count)
    },
  })
  new Gauge({
    name: 'mvdb_database_waiting', help: 'Works of this process that wait for a free connection.', registers: [registry],
    collect() { this.set(connectionUse().waiting) },
  })
}
