import { useOnline, watchDebounced } from '@vueuse/core'
import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type WatchSource } from 'vue'
import type { InviteLine, MadeInvite } from '#shared/account/answers'
import type { InvitedRole } from '#shared/account/roles'
import { actFailure, type ActFailure } from '../utils/act-failure'
import { useAccountActs } from './useAccountActs'

export interface AccountInvites {
  /** The company's invites, the newest first; undefined until the server has said. */
  readonly invites: Readonly<Ref<readonly InviteLine[] | undefined>>
  readonly failure: Readonly<Ref<ActFailure | undefined>>
  readonly load: () => Promise<void>
  /** Makes one. Throws a ServerError. */
  readonly invite: (input: { role: InvitedRole, email?: string }) => Promise<MadeInvite>
  /** Takes one back. Throws a ServerError. */
  readonly revoke: (id: string) => Promise<void>
}

/** A company of thousands arrives in many steps: the server is asked once they are over. */
const STEPS = { debounce: 300, maxWait: 3_000 }

/**
 * A company's invites, for its owners and admins. Online only: they are in no local copy.
 * `members`: whoever accepts one becomes a member, so the list is asked for again as the members change.
 */
export function useAccountInvites(companyId: MaybeRefOrGetter<string>, { members }: { members: WatchSource }): AccountInvites {
  const acts = useAccountActs()
  const invites = shallowRef<readonly InviteLine[]>()
  const failure = shallowRef<ActFailure>()
  let over = false
  onScopeDispose(() => { over = true })

  async function load() {
    const company = toValue(companyId)
    const current = () => !over && toValue(companyId) === company
    failure.value = undefined
    try {
      const answer = await acts.invites(company)
      if (current()) invites.value = answer
    }
    catch (error) {
      if (current()) failure.value = actFailure(error)
    }
  }
  watch(() => toValue(companyId), () => {
    invites.value = undefined
    void load()
  }, { immediate: true })
  watchDebounced(members, load, STEPS)
  watch(useOnline(), (online) => { if (online && failure.value) void load() })

  return {
    invites, failure, load,
    async invite(input) {
      const made = await acts.invite(toValue(companyId), input)
      // The list is about more than this one; that it could not be read anew is no reason to hide the link.
      void load()
      return made
    },
    async revoke(id) {
      await acts.revokeInvite(toValue(companyId), id)
      await load()
    },
  }
}
