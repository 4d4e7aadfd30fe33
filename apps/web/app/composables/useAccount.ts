import { useNuxtApp } from '#imports'
import type { Account } from '../utils/account'

/** Who is here, and how to sign in, sign out and rebuild the local copy. */
export function useAccount(): Account {
  return useNuxtApp().$account
}
