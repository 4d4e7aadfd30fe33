import { Gauge } from 'prom-client'
import { replicationSlots, type ReplicationSlot } from '../db/slots'
import { kept } from '../kept'
import { isSyncUp } from '../shapes/upstream'
import { registry } from './registry'

/** Asked again after so long at the soonest, however often somebody scrapes. */
const HOLDS_MS = 5_000

/** What the database and Electric say of themselves; each is asked when somebody scrapes, and its answer kept for a while. */
export function watchDependencies(): void {
  const slots = kept(HOLDS_MS, () => replicationSlots().catch(() => undefined))
  const sync = kept(HOLDS_MS, isSyncUp)
  const up = new Gauge({
    name: 'mvdb_dependency_up', help: '1 where the database, or sync (Electric), answers and is ready.', labelNames: ['dependency'], registers: [registry],
    async collect() {
      const [known, isUp] = await Promise.all([slots(), sync()])
      up.set({ dependency: 'database' }, known ? 1 : 0)
      up.set({ dependency: 'sync' }, isUp ? 1 : 0)
    },
  })
  new Gauge({
    name: 'mvdb_replication_slots', help: 'Logical replication slots on the app\'s database: Electric has one, and none means that it cannot go on where it was.', registers: [registry],
    async collect() {
      const known = await slots()
      // What is not known is not told: nought would be an alarm.
      if (known) this.set(known.length)
      else this.remove()
    },
  })
  const ofSlot = (name: string, help: string, read: (slot: ReplicationSlot) => number | null) => new Gauge({
    name, help, labelNames: ['slot'], registers: [registry],
    async collect() {
      const known = await slots()
      this.reset()
      for (const slot of known ?? []) {
        const value = read(slot)
        if (value !== null) this.set({ slot: slot.name }, value)
      }
    },
  })
  ofSlot('mvdb_replication_slot_active', '1 while somebody reads the slot.', slot => slot.active ? 1 : 0)
  ofSlot('mvdb_replication_slot_lost', '1 where PostgreSQL has removed WAL that the slot needs: it can never go on.', slot => slot.lost ? 1 : 0)
  ofSlot('mvdb_replication_slot_lag_bytes', 'WAL that was written since what the reader has confirmed.', slot => slot.lag)
  ofSlot('mvdb_replication_slot_retained_bytes', 'WAL that PostgreSQL keeps on its disk for the slot.', slot => slot.retained)
}
