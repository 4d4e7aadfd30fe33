import { computed, shallowRef, type ComputedRef, type Ref } from 'vue'
import type { SyncStatusRow } from '#shared/protocol/leader'
import type { CompanyListRow } from '#shared/reads/companies'
import { syncStatusRead } from '#shared/reads/sync-status'
import { useLiveRows } from './useLiveRows'
import { usePGLite } from './usePGLite'

/** The shapes of one company, or of the person alone. */
export interface SyncPlace { id: string, name: string, shapes: SyncStatusRow[] }

export interface StorageUse {
  /** Bytes that this site takes on the device, and bytes that the browser would let it take. */
  usage: number
  quota: number
  /** Whether the browser promised not to clear it by itself. */
  persisted: boolean
}

export interface SyncShapes {
  readonly places: ComputedRef<SyncPlace[]>
  /** Undefined until measured, and where the browser does not say. */
  readonly storage: Readonly<Ref<StorageUse | undefined>>
  readonly measure: () => Promise<void>
  /** Tries one shape again now, or all that failed. */
  readonly retry: (shapeKey?: string) => Promise<void>
}

/** Every shape of this browser in detail, by company, for the sync panel. */
export function useSyncShapes(companies: () => readonly CompanyListRow[]): SyncShapes {
  const pglite = usePGLite()
  const { rows } = useLiveRows(syncStatusRead, {})
  const storage = shallowRef<StorageUse>()

  const places = computed(() => {
    const names = new Map(companies().map(({ id, name }) => [id, name]))
    const byPlace = new Map<string, SyncPlace>()
    for (const shape of rows.value) {
      const id = shape.company_id ?? ''
      const place = byPlace.get(id) ?? { id, name: id === '' ? 'You' : names.get(id) ?? 'A company', shapes: [] }
      place.shapes.push(shape)
      byPlace.set(id, place)
    }
    return [...byPlace.values()].sort((a, b) => Number(a.id !== '') - Number(b.id !== '') || a.name.localeCompare(b.name))
  })

  return {
    places,
    storage,
    async measure() {
      const { usage, quota } = await navigator.storage.estimate()
      if (usage === undefined || quota === undefined) return
      storage.value = { usage, quota, persisted: await navigator.storage.persisted() }
    },
    async retry(shapeKey) {
      // A retry that finds the database closed has nothing to add to what the status says.
      await pglite.retry(shapeKey).catch(() => {})
    },
  }
}
