import { emailKey, Limiter } from '../session/limiter'

const QUARTER = 15 * 60
const HOUR = 60 * 60

/** Many people of one office share an address of the network. */
const address = new Limiter('account-address', 60, QUARTER)
/** Each asking may send a letter to somebody who did not ask for it. */
const letters = new Limiter('account-letters', 5, HOUR)
const invites = new Limiter('account-invites', 60, HOUR)
const accepts = new Limiter('account-accepts', 30, QUARTER)
const companies = new Limiter('account-companies', 20, HOUR)

/** Counts a request of someone who is not signed in. Throws `too_many_requests`. */
export const countAddress = (from: string) => address.count(from)

/** Counts a letter to an e-mail address, whether or not there is an account. Throws `too_many_requests`. */
export const countLetter = (email: string) => letters.count(emailKey(email))

/** Counts an act of a person. Throws `too_many_requests`. */
export const countInvite = (userId: string) => invites.count(userId)
export const countAccept = (userId: string) => accepts.count(userId)
export const countCompany = (userId: string) => companies.count(userId)
