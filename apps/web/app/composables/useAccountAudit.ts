import { useOnline } from '@vueuse/core'
import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import type { AuditEvent } from '#shared/account/audit'
import { actFailure, type ActFailure } from '../utils/act-failure'
import { useAccountActs } from './useAccountActs'

export interface AccountAudit {
  /** The newest first, as far as they were asked for. */
  readonly events: Readonly<Ref<readonly AuditEvent[]>>
  /** Whether there are older ones. */
  readonly more: Readonly<Ref<boolean>>
  readonly loading: Readonly<Ref<boolean>>
  readonly failure: Readonly<Ref<ActFailure | undefined>>
  /** Fetches the next, older page; does nothing while one is on its way or none is left. */
  readonly loadMore: () => Promise<void>
}

/** A company's audit, page by page. Online only, for its owners; asks for nothing while the company is undefined. */
export function useAccountAudit(companyId: MaybeRefOrGetter<string | undefined>): AccountAudit {
  const acts = useAccountActs()
  const events = shallowRef<readonly AuditEvent[]>([])
  const more = shallowRef(true)
  const loading = shallowRef(false)
  const failure = shallowRef<ActFailure>()
  let next: number | undefined
  let over = false
  onScopeDispose(() => { over = true })

  async function loadMore() {
    const company = toValue(companyId)
    if (company === undefined || loading.value || !more.value) return
    loading.value = true
    failure.value = undefined
    try {
      const page = await acts.audit(company, next)
      // An answer about a company that is no longer looked at says nothing about this one.
      if (over || toValue(companyId) !== company) return
      events.value = [...events.value, ...page.events]
      next = page.next ?? undefined
      more.value = page.next !== null
    }
    catch (error) {
      failure.value = actFailure(error)
    }
    finally {
      loading.value = false
    }
  }

  watch(() => toValue(companyId), () => {
    events.value = []
    more.value = true
    next = undefined
    void loadMore()
  }, { immediate: true })

  watch(useOnline(), (online) => { if (online && failure.value) void loadMore() })

  return { events, more, loading, failure, loadMore }
}
