import { PGlite } from '@electric-sql/pglite'
import type { OfflineLeads } from './offline-leads'
import { tableOf } from './table'
import { TableQueue } from './table-queue'

/** A tenant's leads in memory, for a program that names no folder: they are gone with it. */
export async function openMemory(tenantId: string): Promise<OfflineLeads> {
  const pg = await PGlite.create()
  await pg.exec(tableOf(tenantId))
  return { pg, tenantId, queue: new TableQueue(pg, async () => void await pg.exec('delete from offline_leads where synced')) }
}
