import { onScopeDispose, shallowRef, type Ref } from 'vue'
import type { InviteFace } from '#shared/account/answers'
import { actFailure, type ActFailure } from '../utils/act-failure'
import { useAccountActs } from './useAccountActs'

export interface AccountInvite {
  /** What the invite is to; undefined until the server has said, and where it is none (any more). */
  readonly face: Readonly<Ref<InviteFace | undefined>>
  readonly failure: Readonly<Ref<ActFailure | undefined>>
  readonly loading: Readonly<Ref<boolean>>
}

/** What the server says of the invite of a link. Asks for nothing without a token. */
export function useAccountInvite(token: string | undefined): AccountInvite {
  const acts = useAccountActs()
  const face = shallowRef<InviteFace>()
  const failure = shallowRef<ActFailure>()
  const loading = shallowRef(token !== undefined)
  let over = false
  onScopeDispose(() => { over = true })

  async function load(secret: string) {
    try {
      const answer = await acts.inviteFace(secret)
      if (!over) face.value = answer
    }
    catch (error) {
      if (!over) failure.value = actFailure(error)
    }
    finally {
      loading.value = false
    }
  }
  if (token !== undefined) void load(token)
  return { face, failure, loading }
}
