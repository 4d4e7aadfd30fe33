import { onScopeDispose, shallowRef, type Ref } from 'vue'
import { listLocalDatabases } from '../utils/local-databases'
import { storedDatabaseName } from '../utils/person'
import { useAccount } from './useAccount'

export interface DeviceStorage {
  /** Names of the person's local databases: one, and older ones until they are cleaned up. */
  databases: readonly string[]
  /** Bytes that this site uses and may use here; undefined where the browser does not say. */
  usage: number | undefined
  quota: number | undefined
  /** Whether the browser promised to keep it when the device runs full; undefined where it does not say. */
  persisted: boolean | undefined
}

export interface AccountStorage {
  readonly storage: Readonly<Ref<DeviceStorage | undefined>>
  readonly load: () => Promise<void>
  /** Asks the browser to keep the data when the device runs full. Out: whether it will. */
  readonly persist: () => Promise<boolean>
}

/** What this device holds of the person. */
export function useAccountStorage(): AccountStorage {
  const { person } = useAccount()
  const storage = shallowRef<DeviceStorage>()
  let over = false
  onScopeDispose(() => { over = true })

  async function load() {
    const name = storedDatabaseName()
    const [databases, estimate, persisted] = await Promise.all([
      name && person.value ? listLocalDatabases(name, person.value.id).catch(() => []) : [],
      navigator.storage?.estimate?.().catch(() => undefined),
      navigator.storage?.persisted?.().catch(() => undefined),
    ])
    if (!over) storage.value = { databases, usage: estimate?.usage, quota: estimate?.quota, persisted }
  }
  void load()

  return {
    storage, load,
    async persist() {
      const kept = await navigator.storage?.persist?.() ?? false
      await load()
      return kept
    },
  }
}
