import { computed, type ComputedRef } from 'vue'
import { userRead, type UserProfile } from '#shared/reads/user'
import { personVerbs, type PersonVerbs } from '../utils/verbs/person-verbs'
import { useLiveRows, type LiveRows } from './useLiveRows'
import { useMutate } from './useMutate'
import { useShapesSync, type SyncContract } from './useShapesSync'

export interface UserSync extends SyncContract, PersonVerbs {
  /** The profile of who is here; undefined until its row has arrived. */
  readonly user: ComputedRef<Readonly<UserProfile> | undefined>
  readonly loaded: LiveRows<UserProfile>['loaded']
}

/** The current person's profile (shape `user-<id>`). */
export function useUserSync(): UserSync {
  const { rows, loaded } = useLiveRows(userRead, {})
  return { user: computed(() => rows.value[0]), loaded, ...personVerbs(useMutate()), ...useShapesSync(({ shape }) => shape === 'user') }
}
