import { until } from '@vueuse/core'
import { shallowReactive, shallowReadonly, shallowRef, type Ref } from 'vue'
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
  /** Keys that the server has taken and the list does not show yet: one move can be several, which come back one by one. */
  const taken = shallowReactive(new Map<string, string>())

  /** The list as it will be when all that was taken has come back. */
  function order() {
    return workspaces.value
      .map(row => ({ ...row, position: taken.get(row.id) ?? row.position }))
      .toSorted((a, b) => a.position < b.position ? -1 : Number(a.position > b.position))
  }

  async function send(id: string, by: -1 | 1): Promise<void> {
    const rows = order()
    for (const { id: each, position } of movedKeys(rows, id, by)) {
      if (!await say(moveWorkspace(each, position, { was: { position: rows.find(row => row.id === each)?.position } }))) return
      taken.set(each, position)
      void comesBack(each, position)
    }
  }

  /** Somebody else may have moved it meanwhile: then the list never shows this key. */
  async function comesBack(id: string, position: string): Promise<void> {
    await until(() => workspaces.value.find(row => row.id === id)?.position === position).toBe(true, { timeout: BACK_MS })
    if (taken.get(id) === position) taken.delete(id)
  }

  // A key that is pressed three times means three places: each is reckoned from where the one before left it.
  let sending: Promise<void> = Promise.resolve()
  return {
    said: shallowReadonly(said),
    async move(id, by) {
      sending = sending.then(() => send(id, by))
      await sending
      await until(() => taken.size).toBe(0)
      const place = workspaces.value.findIndex(row => row.id === id)
      const row = workspaces.value[place]
      if (row) said.value = `${row.name} is now ${place + 1} of ${workspaces.value.length}.`
    },
  }
}
