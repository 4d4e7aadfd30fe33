import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import type { AuditEvent } from '#shared/account/audit'
import { useAccountActs } from './useAccountActs'
import { useServerPages, type ServerPages } from './useServerPages'

export interface AccountAudit extends Omit<ServerPages<AuditEvent>, 'rows' | 'refresh'> {
  /** The newest first, as far as they were asked for. */
  readonly events: ComputedRef<readonly AuditEvent[]>
}

/** A company's audit, page by page. Online only, for its owners; asks for nothing while the company is undefined. */
export function useAccountAudit(companyId: MaybeRefOrGetter<string | undefined>): AccountAudit {
  const acts = useAccountActs()
  const { rows, more, loading, failure, loadMore } = useServerPages<AuditEvent, number>(() => toValue(companyId), async (company, before) => {
    const { events, next } = await acts.audit(company, before)
    return { rows: events, next }
  })
  return { events: computed(() => rows.value ?? []), more, loading, failure, loadMore }
}
