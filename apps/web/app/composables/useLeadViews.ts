import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { keptLeadViews, readLeadViews, withLeadView, type LeadView } from '../utils/lead-views'
import type { Saving } from '../utils/mutate'
import { useUserSync } from './useUserSync'

export interface LeadViews {
  readonly views: ComputedRef<readonly LeadView[]>
  /** One of the same name is replaced. */
  readonly keep: (view: LeadView) => Saving
  readonly forget: (name: string) => Saving
}

/** A person's own views of a company's leads, on all of their devices: they are among the preferences. */
export function useLeadViews(companyId: MaybeRefOrGetter<string>): LeadViews {
  const { user, savePreferences } = useUserSync()
  const company = () => toValue(companyId)
  const views = computed(() => readLeadViews(user.value?.preferences, company()))
  const save = (next: readonly LeadView[]) => savePreferences(keptLeadViews(next, company()))
  return {
    views,
    keep: view => save(withLeadView(views.value, view)),
    forget: name => save(views.value.filter(view => view.name !== name)),
  }
}
