import { readonly, shallowRef, type Ref } from 'vue'
import { navigateTo } from '#imports'
import { until } from '@vueuse/core'
import type { SyncState } from '#shared/protocol/sync'
import { useCompaniesSync } from './useCompaniesSync'

/** The row comes within a second where sync runs; where it does not, the list of companies says why. */
const PATIENCE_MS = 10_000
/** A new device opens its database first, which takes a slow one longer than that. */
const OPENING_MS = 60_000
const isOpening = (state: SyncState) => state === 'idle' || state === 'connecting' || state === 'syncing'

export interface AccountArrival {
  /** Whether a company that was just made or joined is being waited for. */
  readonly arriving: Readonly<Ref<boolean>>
  /** Goes to a company as soon as this device has it: before, its page would say that it is not shared. */
  readonly goWhenHere: (companyId: string) => Promise<void>
}

/** The way into a company that somebody has only just come to belong to. */
export function useAccountArrival(): AccountArrival {
  const { companies, status } = useCompaniesSync()
  const arriving = shallowRef(false)
  return {
    arriving: readonly(arriving),
    async goWhenHere(companyId) {
      arriving.value = true
      const isHere = () => companies.value.some(({ id }) => id === companyId)
      await until(() => isHere() || !isOpening(status.value)).toBe(true, { timeout: OPENING_MS })
      const here = await until(isHere).toBe(true, { timeout: PATIENCE_MS })
      await navigateTo(here ? `/c/${companyId}` : '/')
    },
  }
}
