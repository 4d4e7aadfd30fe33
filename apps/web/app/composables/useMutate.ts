import { createMutate, type Mutate } from '../utils/mutate'
import { useAccount } from './useAccount'

/** Sends edits as whoever is here. Pages use the verbs of the sync composables, which are made of it. */
export function useMutate(): Mutate {
  const { person } = useAccount()
  return createMutate(() => person.value)
}
