import { computed, readonly, shallowRef, type ComputedRef, type Ref } from 'vue'
import { useToast } from '#imports'
import type { SyncStatusRow } from '#shared/protocol/leader'
import type { DeviceStatusRow } from '#shared/protocol/storage'
import type { CompanyListRow } from '#shared/reads/companies'
import { deviceStatusRead } from '#shared/reads/storage'
import { syncStatusRead } from '#shared/reads/sync-status'
import { deviceWords } from '../utils/device-words'
import { download } from '../utils/download'
import { summarize, type SyncSummary } from '../utils/sync-summary'
import { useLiveRows } from './useLiveRows'
import { usePGLite } from './usePGLite'

/** The shapes of one company, or of the person alone. */
export interface SyncPlace { id: string, name: string, shapes: SyncStatusRow[], summary: SyncSummary }

/** What of the panel's acts runs. */
export type SyncAct = 'tidy' | 'save'

export interface SyncShapes {
  readonly places: ComputedRef<SyncPlace[]>
  /** What the leader says of this device; undefined until it has. */
  readonly device: ComputedRef<DeviceStatusRow | undefined>
  readonly busy: Readonly<Ref<SyncAct | undefined>>
  /** Tries one shape again now, or all that failed. */
  readonly retry: (shapeKey?: string) => Promise<void>
  /** Gives back what dead rows and old log take, and says what came of it. */
  readonly tidy: () => Promise<void>
  /** Everything that the local copy holds, as a file. */
  readonly save: () => Promise<void>
  /** Copies a text for whoever helps: no private data in it. */
  readonly report: () => Promise<void>
}

/** Every shape of this browser in detail, by company, for the sync panel. */
export function useSyncShapes(companies: () => readonly CompanyListRow[]): SyncShapes {
  const pglite = usePGLite()
  const toast = useToast()
  const { rows } = useLiveRows(syncStatusRead, {})
  const { rows: devices } = useLiveRows(deviceStatusRead, {})
  const device = computed(() => devices.value[0])
  const busy = shallowRef<SyncAct>()

  const places = computed(() => {
    const names = new Map(companies().map(({ id, name }) => [id, name]))
    const byPlace = new Map<string, SyncStatusRow[]>()
    for (const shape of rows.value) byPlace.set(shape.company_id ?? '', [...byPlace.get(shape.company_id ?? '') ?? [], shape])
    return [...byPlace]
      .map(([id, shapes]) => ({
        id, name: id === '' ? 'You' : names.get(id) ?? 'A company', shapes,
        summary: summarize(shapes, { status: pglite.status.value, error: pglite.error.value }),
      }))
      .sort((a, b) => Number(a.id !== '') - Number(b.id !== '') || a.name.localeCompare(b.name))
  })

  async function act(name: SyncAct, work: () => Promise<string>): Promise<void> {
    if (busy.value) return
    busy.value = name
    try {
      toast.add({ title: await work(), color: 'neutral', icon: 'i-lucide-check' })
    }
    catch {
      toast.add({ title: 'That did not work.', description: 'Try again; if it stays, reload the page.', color: 'error', icon: 'i-lucide-circle-alert' })
    }
    finally {
      busy.value = undefined
    }
  }

  return {
    places, device, busy: readonly(busy),
    async retry(shapeKey) {
      // A retry that finds the database closed has nothing to add to what the status says.
      await pglite.retry(shapeKey).catch(() => {})
    },
    tidy: () => act('tidy', async () => {
      await pglite.act({ kind: 'tidy' })
      return 'What could be given back was given back.'
    }),
    save: () => act('save', async () => {
      const { exportLocal } = await import('../utils/export-local')
      const file = await exportLocal(pglite)
      download(file)
      return `Saved as ${file.name}.`
    }),
    async report() {
      const { syncReport } = await import('../utils/sync-report')
      const text = syncReport({ shapes: rows.value, device: device.value, browser: deviceWords(navigator.userAgent) })
      try {
        await navigator.clipboard.writeText(text)
        toast.add({ title: 'Copied.', description: 'States and counts only: no names, no contents.', color: 'neutral', icon: 'i-lucide-check' })
      }
      catch {
        // No clipboard without https or a permission: a file says the same.
        download(new File([text], 'sync-report.txt', { type: 'text/plain' }))
      }
    },
  }
}
