import { computed, shallowRef, type ComputedRef, type Ref } from 'vue'
import { isUnsettled } from '#shared/journal/states'
import { useAccount } from './useAccount'
import { useJournal } from './useJournal'

export interface Leaving {
  /** Edits that are not with the server. */
  readonly unsent: ComputedRef<number>
  /** Whether the person is asked about them. */
  readonly asking: Ref<boolean>
  readonly busy: Readonly<Ref<boolean>>
  /** Signs out; asks first where edits would stay behind. */
  readonly leave: () => void
  /** Signs out. @param discard the edits that are not sent go too */
  readonly leaveNow: (discard: boolean) => Promise<void>
}

/** How somebody leaves who may have edits that no server has. */
export function useLeaving(): Leaving {
  const { signOut } = useAccount()
  const { entries } = useJournal()
  const asking = shallowRef(false)
  const busy = shallowRef(false)
  const unsent = computed(() => entries.value.filter(({ state }) => isUnsettled(state)).length)

  async function leaveNow(discard: boolean): Promise<void> {
    busy.value = true
    await signOut({ discard }).finally(() => { busy.value = false })
  }
  return {
    unsent, asking, busy, leaveNow,
    leave() {
      if (unsent.value > 0) asking.value = true
      else void leaveNow(false)
    },
  }
}
