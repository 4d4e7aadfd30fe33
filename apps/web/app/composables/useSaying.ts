import { useToast } from '#imports'
import { actFailure } from '../utils/act-failure'
import type { Saving } from '../utils/mutate'

export interface Said {
  /** What was done, for the toast; nothing is said where the page shows it anyway. */
  done?: string
  /** Takes it back; offered in the toast for a while. */
  undo?: () => Saving
}

/** How long a deletion can be taken back from its toast: long enough to notice, read and reach the button. */
const UNDO_MS = 12_000

/**
 * Waits for an edit and says what came of it: a toast, with a button that takes it back where that can be done.
 * Resolves with whether it was saved; never rejects.
 */
export function useSaying(): (saving: Saving, said?: Said) => Promise<boolean> {
  const toast = useToast()

  function failed(error: unknown): void {
    const { message, next, fields } = actFailure(error)
    toast.add({ title: Object.values(fields)[0] ?? message, description: next, color: 'error', icon: 'i-lucide-circle-alert' })
  }

  return async function say(saving, { done, undo } = {}) {
    try {
      await saving.saved
    }
    catch (error) {
      failed(error)
      return false
    }
    if (!done) return true
    const { id } = toast.add({
      title: done, color: 'neutral', icon: 'i-lucide-check',
      ...undo && {
        duration: UNDO_MS,
        actions: [{
          label: 'Undo', color: 'neutral' as const, variant: 'outline' as const,
          onClick: () => {
            toast.remove(id)
            void say(undo(), { done: 'It is back.' })
          },
        }],
      },
    })
    return true
  }
}
