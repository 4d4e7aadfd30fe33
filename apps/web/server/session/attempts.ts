import { emailKey, Limiter } from './limiter'

const WINDOW_SECONDS = 15 * 60
/** Many people of one office share an address; one account has one person. */
const perAddress = new Limiter('sign-in-address', 50, WINDOW_SECONDS)
const perEmail = new Limiter('sign-in-email', 10, WINDOW_SECONDS)

/** Counts a proof by password before it is looked at. Throws `too_many_requests`. */
export async function countAttempt(address: string, email: string): Promise<void> {
  await perAddress.count(address)
  await perEmail.count(emailKey(email))
}

/** A good password takes its attempt back. */
export async function forgiveAttempt(address: string, email: string): Promise<void> {
  await perAddress.reward(address)
  await forgiveEmail(email)
}

/** Forgets the attempts on an account, wherever they came from. */
export async function forgiveEmail(email: string): Promise<void> {
  await perEmail.forget(emailKey(email))
}
