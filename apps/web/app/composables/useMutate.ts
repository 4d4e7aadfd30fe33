import { createMutate, type Mutate } from '../utils/mutate'
import { useAccount } from './useAccount'
import { usePGLite } from './usePGLite'

/** Sends edits as whoever is here. Pages use the verbs of the sync composables, which are made of it. */
export function useMutate(): Mutate {
  const { person } = useAccount()
  const pglite = usePGLite()
  const send = createMutate(() => person.value)
  return (mutation, input, options) => {
    const saving = send(mutation, input, options)
    // A list that shows the server's answer, because the local copy is not complete yet, is to show the edit too.
    saving.settled.then(() => pglite.refresh(), () => {})
    return saving
  }
}
