import type { PGlite } from '@electric-sql/pglite'
import { uploadLeads, type Uploaded, type UploadOptions } from './leads/upload'
import type { OfflineLeads } from './offline/offline-leads'
import { checkTenant } from './offline/table'

export type { Uploaded, UploadOptions }

export interface OpenOptions {
  /** Where no browser keeps the leads: the folder that a folder of the tenant's is made in. In memory where none is given. */
  readonly folder?: string
}

/** What is open in this program: a tenant's leads have one database, however often they are asked for. */
const opened = new Map<string, Promise<OfflineLeads>>()
const ofDatabase = new WeakMap<PGlite, OfflineLeads>()

/**
 * The leads of one tenant on this device that the server does not have: a database of their own with the table `offline_leads`, in
 * which no other tenant's row is or gets. In a browser it shows the journal of the tenant's form, and what is inserted is safe
 * when `syncPendingLeads` has taken it over; elsewhere an insert is safe when it is answered.
 * @param tenantId the company's key, or its short name
 * @throws where the tenant's name is none, or another program has its folder
 */
export async function getPGlite(tenantId: string, { folder }: OpenOptions = {}): Promise<PGlite> {
  checkTenant(tenantId)
  const place = `${tenantId} ${folder ?? ''}`
  for (;;) {
    const opening = opened.get(place) ?? begin(place, tenantId, folder)
    const { pg } = await opening
    if (!pg.closed) return pg
    if (opened.get(place) === opening) opened.delete(place)
  }
}

function begin(place: string, tenantId: string, folder: string | undefined): Promise<OfflineLeads> {
  const opening = open(tenantId, folder).then((leads) => {
    ofDatabase.set(leads.pg, leads)
    return leads
  })
  opened.set(place, opening)
  opening.catch(() => opened.delete(place))
  return opening
}

async function open(tenantId: string, folder: string | undefined): Promise<OfflineLeads> {
  if (typeof indexedDB !== 'undefined') return (await import('./offline/mirror')).openMirror(tenantId)
  if (folder !== undefined) return (await import('./offline/folder')).openFolder(folder, tenantId)
  return (await import('./offline/memory')).openMemory(tenantId)
}

/**
 * Sends a tenant's leads that wait, in batches, until none does or the server cannot be reached. What the server has is off the
 * device when it resolves, bytes and all; what it refused stays with its reason (`state`, `answer`). It may be called at any time
 * and again: a lead is known by its id. One that is called while another sends does nothing.
 * @param pg what `getPGlite` gave for this tenant
 * @param options where the server is, for who is no page of it
 * @returns how many ended how; `again` where something is left to try again, and when at the earliest
 */
export async function syncPendingLeads(pg: PGlite, tenantId: string, options: UploadOptions = {}): Promise<Uploaded> {
  const leads = ofDatabase.get(pg)
  if (leads?.tenantId !== tenantId) throw new TypeError('This is not the database that getPGlite gave for this tenant.')
  if (!options.origin && typeof location === 'undefined') throw new TypeError('Say where the server is: { origin: \'https://…\' }.')
  await leads.takeOver?.()
  try {
    return await uploadLeads(leads.queue, tenantId, options)
  }
  finally {
    await leads.fill?.()
  }
}
