import { createMutate, type Mutate } from '../utils/mutate'
import { useAccount } from './useAccount'
import { useJournal } from './useJournal'
import { usePGLite } from './usePGLite'

/** Makes edits as whoever is here: noted on this device, shown, sent when that can be. Pages use the verbs of the sync composables, which are made of it. */
export function useMutate(): Mutate {
  const { person } = useAccount()
  const pglite = usePGLite()
  const send = createMutate(() => person.value, useJournal())
  return (mutation, input, options) => {
    const saving = send(mutation, input, options)
    // A list that shows the server's answer, because the local copy is not complete yet, is to show the edit too.
    saving.settled.then(() => pglite.refresh(), () => {})
    return saving
  }
}
