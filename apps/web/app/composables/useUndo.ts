import { useNuxtApp, useToast } from '#imports'
import type { TakenBack, UndoStack } from '../utils/undo-stack'
import { useEditFailure } from './useEditFailure'

export interface Undo {
  /** Remembers an edit that was made on this page. */
  readonly made: UndoStack['made']
  /** Takes the last edit of this page back, or that of a key, and says so. */
  readonly undo: (id?: string) => Promise<void>
  /** Takes an edit back that may have been made on another page, and says so. */
  readonly takeBack: (...edit: Parameters<UndoStack['takeBack']>) => Promise<void>
  /** Does again what was taken back last, and says so. */
  readonly redo: () => Promise<void>
}

/** Taking the edits of this page back (also those that were sent), and doing them again. */
export function useUndo(): Undo {
  const { $undoStack: stack } = useNuxtApp()
  const toast = useToast()
  const failed = useEditFailure()

  async function say(taken: TakenBack | undefined, none: string, done: string, other: { label: string, act: () => Promise<void> }): Promise<void> {
    if (!taken) {
      toast.add({ title: none, color: 'neutral', icon: 'i-lucide-info' })
      return
    }
    try {
      await Promise.all(taken.savings.map(({ saved }) => saved))
    }
    catch (error) {
      failed(error)
      return
    }
    const { id } = toast.add({
      title: done, description: taken.about || undefined, color: 'neutral', icon: 'i-lucide-check',
      actions: [{
        label: other.label, color: 'neutral', variant: 'outline',
        onClick: () => {
          toast.remove(id)
          void other.act()
        },
      }],
    })
  }

  const undone = (taken: TakenBack | undefined): Promise<void> => say(taken, 'Nothing to undo.', 'Undone', { label: 'Redo', act: redo })
  const undo = (id?: string): Promise<void> => undone(stack.undo(id))
  const redo = (): Promise<void> => say(stack.redo(), 'Nothing to redo.', 'Done again', { label: 'Undo', act: () => undo() })
  return { made: stack.made, undo, redo, takeBack: (id, edit) => undone(stack.takeBack(id, edit)) }
}
