import { until } from '@vueuse/core'
import { shallowReadonly, shallowRef, type Ref } from 'vue'
import { movedKeys } from '../utils/moved-keys'
import { useSaying } from './useSaying'
import type { WorkspaceSync } from './useWorkspaceSync'

export interface WorkspaceOrder {
  /** Puts a workspace one place earlier or later; resolves when the list shows it, or when it was refused. */
  readonly move: (id: string, by: -1 | 1) => Promise<void>
  /** Where the last one stands now: a screen reader says it. */
  readonly said: Readonly<Ref<string>>
}

/** Longer than an edit takes to come back; where it does not, the next move is reckoned from the list as it is. */
const BACK_MS = 3_000

/** The order of a company's workspaces, as people change it. */
export function useWorkspaceOrder({ workspaces, moveWorkspace }: Pick<WorkspaceSync, 'workspaces' | 'moveWorkspace'>): WorkspaceOrder {
  const say = useSaying()
  const said = shallowRef('')
  const place = (id: string) => workspaces.value.findIndex(row => row.id === id)

  async function step(id: string, by: -1 | 1): Promise<void> {
    const goal = place(id) + by
    const keys = movedKeys(workspaces.value, id, by)
    for (const { id: each, position } of keys) if (!await say(moveWorkspace(each, position))) return
    if (keys.length === 0) return
    await until(() => place(id) === goal).toBe(true, { timeout: BACK_MS })
    const row = workspaces.value[place(id)]
    if (row) said.value = `${row.name} is now ${place(id) + 1} of ${workspaces.value.length}.`
  }

  // A key that is pressed three times means three places: each is reckoned from where the one before left it.
  let last: Promise<void> = Promise.resolve()
  return {
    said: shallowReadonly(said),
    move(id, by) {
      last = last.then(() => step(id, by))
      return last
    },
  }
}
