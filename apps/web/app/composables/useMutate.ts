import { createMutate, type Mutate } from '../utils/mutate'
import { useAccount } from './useAccount'
import { useJournal } from './useJournal'
import { usePGLite } from './usePGLite'
import { useUndo } from './useUndo'

/** Makes edits as whoever is here: noted on this device, shown, sent when that can be, and to be taken back. Pages use the verbs of the sync composables, which are made of it. */
export function useMutate(): Mutate {
  const { person } = useAccount()
  const pglite = usePGLite()
  const send = createMutate(() => person.value, useJournal())
  const { made } = useUndo()
  return (mutation, input, options = {}) => {
    const saving = send(mutation, input, options)
    const { company, about, base, was } = options
    made({ mutation, input, was: { ...base, ...was }, ...company !== undefined && { company }, ...about !== undefined && { about } }, saving)
    // A list that shows the server's answer, because the local copy is not complete yet, is to show the edit too.
    saving.settled.then(() => pglite.refresh(), () => {})
    return saving
  }
}
