import * as z from 'zod/mini'
import { TEXT_LENGTHS } from '../catalogue/texts'

export const PASSWORD_LENGTH = { least: 10, most: 1000 }

/** Of a person or a company. */
const NAME_LENGTH = TEXT_LENGTHS.users.name

const NO_CONTROL = z.regex(/^\P{Cc}*$/u, 'There is a character in it that cannot be written.')

/** A name of a person or a company: said on one line. */
export const name = (whose: string) => z.string().check(
  z.trim(), z.minLength(1, `Enter ${whose}.`), z.maxLength(NAME_LENGTH, `This is too long: ${NAME_LENGTH} characters at most.`), NO_CONTROL)

/**
 * An e-mail address that a letter can be sent to: one address, with nothing around it that a mail header would take
 * for a second one.
 */
export const email = z.string().check(
  z.trim(), z.minLength(1, 'Enter an e-mail address.'), z.maxLength(TEXT_LENGTHS.users.email, 'This is too long for an e-mail address.'),
  z.regex(/^[^\s@,;:<>()[\]"\\\p{C}]+@[^\s@,;:<>()[\]"\\\p{C}]+$/u, 'This is not an e-mail address.'))

/** A password that is chosen now; length is what makes one hard to guess, so nothing else is asked of it. */
export const newPassword = z.string().check(
  z.minLength(PASSWORD_LENGTH.least, `Use ${PASSWORD_LENGTH.least} characters or more.`),
  z.maxLength(PASSWORD_LENGTH.most, 'This is too long for a password.'))

/** A password that is asked for as a proof; a longer one would only keep the hash function busy. */
export const currentPassword = z.string().check(
  z.minLength(1, 'Enter your password.'), z.maxLength(PASSWORD_LENGTH.most, 'This is too long for a password.'))

/** What is wrong with a password for the person of an address, beyond its length; undefined where nothing is. */
export function passwordProblem(password: string, address: string): string | undefined {
  return password.trim().toLowerCase() === address.trim().toLowerCase() ? 'Your e-mail address is the first that someone would try.' : undefined
}

/** The short name of a company in addresses: a-z, 0-9 and single hyphens. */
export const slug = z.string().check(
  z.trim(), z.minLength(2, 'Use 2 characters or more.'), z.maxLength(60, 'This is too long: 60 characters at most.'),
  z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Use a-z, 0-9 and single hyphens between them.'))

/** The secret part of a link. */
export const token = z.string().check(z.regex(/^[\w-]{20,200}$/, 'This link is not whole: open it again from the letter or message that it came in.'))
