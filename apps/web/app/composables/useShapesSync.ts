import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import type { ShapeName } from '#shared/catalogue/shapes'
import type { SyncStatusRow } from '#shared/protocol/leader'
import type { SyncState } from '#shared/protocol/sync'
import { membershipRead } from '#shared/reads/companies'
import { syncStatusRead } from '#shared/reads/sync-status'
import { isLeaseEnd } from '../utils/lease-end'
import { summarize, type SyncError, type SyncProgress } from '../utils/sync-summary'
import { useLiveRows } from './useLiveRows'
import { usePGLite } from './usePGLite'

/** What every sync composable returns beside its rows. */
export interface SyncContract {
  readonly status: ComputedRef<SyncState>
  /** While a first sync runs: the largest shape that is not complete. */
  readonly progress: ComputedRef<SyncProgress | undefined>
  readonly lastSyncedAt: ComputedRef<Date | undefined>
  /** Since when the server cannot be used; undefined where it can. */
  readonly offlineSince: ComputedRef<Date | undefined>
  /** Whether the local copy was whole at least once: what is not in it then does not exist. */
  readonly complete: ComputedRef<boolean>
  readonly error: ComputedRef<SyncError | undefined>
  /** Tries what failed again now; what comes of it shows in the status. */
  readonly retry: () => Promise<void>
}

/** The sync state of the shapes that a composable reads, out of the leader's status rows. */
export function useShapesSync(wanted: (shape: SyncStatusRow) => boolean): SyncContract {
  const pglite = usePGLite()
  const { rows } = useLiveRows(syncStatusRead, {})
  const mine = computed(() => rows.value.filter(wanted))
  const summary = computed(() => summarize(mine.value, { status: pglite.status.value, error: pglite.error.value }))

  return {
    status: computed(() => summary.value.status),
    progress: computed(() => summary.value.progress),
    lastSyncedAt: computed(() => summary.value.lastSyncedAt),
    offlineSince: computed(() => summary.value.offlineSince),
    complete: computed(() => summary.value.complete),
    error: computed(() => summary.value.error),
    async retry() {
      const failed = mine.value.filter(shape => shape.state === 'error' || shape.state === 'offline')
      // After the end of a lease the states are not told either, and everything waits for the server.
      const keys = isLeaseEnd(pglite.error.value) ? [undefined] : failed.map(shape => shape.shape_key)
      // A retry that finds the database closed has nothing to add to what the status says.
      await Promise.allSettled(keys.map(key => pglite.retry(key)))
    },
  }
}

/** The same for some shapes of a company; `revoked` as soon as the complete list of memberships lacks the company. */
export function useCompanyShapesSync(companyId: MaybeRefOrGetter<string | undefined>, names: readonly ShapeName[]): SyncContract {
  const wanted: readonly string[] = names
  const shapes = useLiveRows(syncStatusRead, {})
  const known = computed(() => shapes.rows.value.some(({ company_id }) => company_id === toValue(companyId)))
  // A company's shapes are known from the memberships: what keeps those away keeps the company away.
  const contract = useShapesSync(({ company_id, shape, state }) => known.value
    ? company_id === toValue(companyId) && wanted.includes(shape)
    : shape === 'memberships' && (state === 'error' || state === 'offline'))
  const membership = useLiveRows(membershipRead, () => {
    const company = toValue(companyId)
    return company === undefined ? undefined : { company }
  })
  const ended = computed(() => membership.loaded.value && membership.rows.value.length === 0
    && shapes.rows.value.some(({ shape, complete }) => shape === 'memberships' && complete))
  return {
    ...contract,
    status: computed(() => ended.value ? 'revoked' : contract.status.value),
    complete: computed(() => known.value && contract.complete.value),
  }
}
