import { useOnline } from '@vueuse/core'
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { SessionLine } from '#shared/account/answers'
import { actFailure, type ActFailure } from '../utils/act-failure'
import { useAccountActs } from './useAccountActs'

export interface AccountSessions {
  /** The person's running sessions, the last used first; undefined until the server has said. */
  readonly sessions: Readonly<Ref<readonly SessionLine[] | undefined>>
  readonly failure: Readonly<Ref<ActFailure | undefined>>
  readonly load: () => Promise<void>
  /** Ends one, or all others. Throws a ServerError. */
  readonly end: (id: string) => Promise<void>
  readonly endOthers: () => Promise<void>
}

/** On which devices the person is signed in. Online only: sessions are in no local copy. */
export function useAccountSessions(): AccountSessions {
  const acts = useAccountActs()
  const sessions = shallowRef<readonly SessionLine[]>()
  const failure = shallowRef<ActFailure>()
  let over = false
  onScopeDispose(() => { over = true })

  async function load() {
    failure.value = undefined
    try {
      const answer = await acts.sessions()
      if (!over) sessions.value = answer
    }
    catch (error) {
      if (!over) failure.value = actFailure(error)
    }
  }
  void load()
  watch(useOnline(), (online) => { if (online && failure.value) void load() })

  return {
    sessions, failure, load,
    async end(id) {
      await acts.endSession(id)
      await load()
    },
    async endOthers() {
      await acts.endOtherSessions()
      await load()
    },
  }
}
