import { useToast } from '#imports'
import type { Saving } from '../utils/mutate'
import { useEditFailure } from './useEditFailure'
import { useUndo } from './useUndo'

export interface Said {
  /** What was done, for the toast; nothing is said where the page shows it anyway. */
  done?: string
  /** Whether the toast offers to take it back. */
  undo?: boolean
}

/** How long a deletion can be taken back from its toast: long enough to notice, read and reach the button. */
const UNDO_MS = 12_000

/**
 * Waits for an edit and says what came of it: a toast, with a button that takes it back where that can be done.
 * Resolves with whether it was saved; never rejects.
 */
export function useSaying(): (saving: Saving, said?: Said) => Promise<boolean> {
  const toast = useToast()
  const failed = useEditFailure()
  const takeBack = useUndo().undo

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
            void takeBack(saving.id)
          },
        }],
      },
    })
    return true
  }
}
