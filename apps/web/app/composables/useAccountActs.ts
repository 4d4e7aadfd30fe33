import { createAccountActs, type AccountActs } from '../utils/account-acts'
import { useAccount } from './useAccount'

/** The account acts of who is here: sign-up, links of letters, sessions, companies, invites. Online only. */
export function useAccountActs(): AccountActs {
  const { person } = useAccount()
  return createAccountActs(() => person.value)
}
