import { computed, toValue, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import { STORAGE_FULL, type CompanyStorageRow, type DeviceStatusRow } from '#shared/protocol/storage'
import { companyStorageRead, deviceStatusRead } from '#shared/reads/storage'
import { syncStatusRead } from '#shared/reads/sync-status'
import { storageWarning, type StorageWarning } from '../utils/storage-warning'
import { useLiveRows } from './useLiveRows'
import { usePGLite } from './usePGLite'

export interface StorageState {
  /** What the leader says of this device; undefined until it has. */
  readonly device: ComputedRef<DeviceStatusRow | undefined>
  /** The person's companies as this device keeps them, longest not used first. */
  readonly companies: Readonly<Ref<readonly CompanyStorageRow[]>>
  readonly companiesLoaded: Readonly<Ref<boolean>>
  readonly warning: ComputedRef<StorageWarning | undefined>
  /** Holds a company's data here, or no longer: then its pages ask the server. Rejects with a PGliteError. */
  readonly keep: (company: string, kept: boolean) => Promise<void>
  /** Gives back what dead rows and old log take. Rejects with a PGliteError. */
  readonly tidy: () => Promise<void>
}

/**
 * What is stored on this device, how full it is, and what can go.
 * @param current the company on the screen, where the companies are asked for only to offer one that can go
 */
export function useStorageState(current?: MaybeRefOrGetter<string | undefined>): StorageState {
  const pglite = usePGLite()
  const { rows: devices } = useLiveRows(deviceStatusRead, {})
  const device = computed(() => devices.value[0])
  const { rows: shapes } = useLiveRows(syncStatusRead, {})
  const isStopped = computed(() => shapes.value.some(({ error_code: code }) => code === STORAGE_FULL.code))
  const isOffering = computed(() => storageWarning(device.value, [], undefined, isStopped.value)?.kind === 'full')
  const { rows: companies, loaded: companiesLoaded } = useLiveRows(companyStorageRead, () => current === undefined || isOffering.value ? {} : undefined)
  return {
    device,
    companies,
    companiesLoaded,
    warning: computed(() => storageWarning(device.value, companies.value, toValue(current), isStopped.value)),
    keep: (company, kept) => pglite.act({ kind: 'keep', company, kept }),
    tidy: () => pglite.act({ kind: 'tidy' }),
  }
}
