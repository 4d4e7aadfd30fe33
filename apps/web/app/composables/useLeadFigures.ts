import { useNow } from '@vueuse/core'
import { computed, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { isZone, leadFiguresRead, workspaceActivityRead, type WorkspaceActivityRow } from '#shared/reads/lead-figures'
import { activityCube, leadCube, type LeadCube } from '../utils/figures/lead-cube'
import type { Cube } from '../utils/figures/cube'
import { dayIn, dayText } from '../utils/figures/days'
import { useLiveRows, type LiveRows } from './useLiveRows'
import { useCompanyShapesSync, type SyncContract } from './useShapesSync'

export interface LeadFigures extends SyncContract {
  /** All leads of the company, counted; filters sum them up without another query. */
  readonly leads: ComputedRef<LeadCube>
  readonly loaded: LiveRows<object>['loaded']
  /** Whether they are the leads that came so far, and more will. */
  readonly isPartial: ComputedRef<boolean>
  readonly activity: ComputedRef<Cube<'workspace'>>
  /** The workspaces with most changes, first. */
  readonly workspaces: LiveRows<WorkspaceActivityRow>['rows']
  /** Today where the viewer is, in days since 1970: the days of everything here are theirs. */
  readonly today: ComputedRef<number>
}

/** Every zone has a day, and this one every database knows. */
const ANYWHERE = 'UTC'
/** What PostgreSQL says of a zone that it does not know: a parameter is not valid. */
const UNKNOWN_ZONE = '22023'

/**
 * What a dashboard shows of a company, by the days of the viewer's time zone.
 * @param since the first day of which the activity is told, in days since 1970, given today
 */
export function useLeadFigures(companyId: MaybeRefOrGetter<string | undefined>, since: (today: number) => number): LeadFigures {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  const zone = shallowRef(isZone(own) ? own : ANYWHERE)
  const now = useNow({ interval: 60_000 })
  const today = computed(() => dayIn(zone.value, now.value))
  const leads = useLiveRows(leadFiguresRead, () => {
    const company = toValue(companyId)
    return company === undefined ? undefined : { company, zone: zone.value }
  })
  const activity = useLiveRows(workspaceActivityRead, () => {
    const company = toValue(companyId)
    return company === undefined ? undefined : { company, zone: zone.value, since: dayText(since(today.value)) }
  })
  // A browser can know a zone that a database of another year does not: rather another zone's days than none.
  watch(leads.error, (error) => { if (error?.sqlstate === UNKNOWN_ZONE) zone.value = ANYWHERE })
  const contract = useCompanyShapesSync(companyId, ['leads'])
  return {
    leads: computed(() => leadCube(leads.rows.value)),
    loaded: leads.loaded,
    isPartial: computed(() => leads.source.value === 'local' && !contract.complete.value),
    activity: computed(() => activityCube(activity.rows.value)),
    workspaces: activity.rows,
    today,
    ...contract,
  }
}
