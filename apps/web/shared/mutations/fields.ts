import * as z from 'zod/mini'
import { isStorable, TEXT_LENGTHS, textOf } from '../catalogue/texts'

/** Of a workspace, folder or group: one rule for what stands in one tree and its exports. */
export const NAME_LENGTH = TEXT_LENGTHS.folders.name
export const DESCRIPTION_LENGTH = TEXT_LENGTHS.folders.description
/** A bulk action is one mutation; more rows than this are several. */
export const BULK_LIMIT = 500
/** Bytes of JSON that a person's preferences, or a company's settings, may come to. */
export const JSON_BYTES = 64 * 1024
const JSON_DEPTH = 8

/** A key of a row, in the spelling that PostgreSQL gives back. */
export const key = z.guid('This is not a key.').check(z.toLowerCase())
export const keys = z.array(key).check(z.minLength(1, 'Name at least one.'), z.maxLength(BULK_LIMIT, `At most ${BULK_LIMIT} at a time.`))
/** Made by the page: all rows that one act deletes carry it, and restoring names it. */
export const deletionKey = key

export const itemName = z.string('Enter a name.').check(z.trim(), z.minLength(1, 'Enter a name.'), ...textOf(NAME_LENGTH))
export const description = z.string('Enter a text.').check(...textOf(DESCRIPTION_LENGTH))
/** A fractional key: sorts as text by its bytes, and there is always room for one between two. */
export const position = z.string().check(z.regex(/^[0-9a-z]{1,100}$/i, 'This is not a place among others.'))

/** Whether a value parsed from JSON can be stored as jsonb: no character that PostgreSQL refuses, not nested without end. */
export function isStorableJson(value: unknown, depth = JSON_DEPTH): boolean {
  if (typeof value === 'string') return isStorable(value)
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.entries(value).every(([name, inner]) => isStorable(name) && isStorableJson(inner, depth - 1))
}

/** Some keys of an object of settings: each replaces the one of its name, null takes it away, all others stay. */
export const jsonChange = z.record(z.string().check(z.minLength(1), z.maxLength(100)), z.unknown()).check(
  z.refine(value => isStorableJson(value), 'There is something in it that cannot be stored.'))

/** An address of a picture that a page may show: nothing that runs or that reads this device. */
export const pictureAddress = z.nullable(z.string().check(
  z.maxLength(TEXT_LENGTHS.users.avatar_url, 'This is too long for an address.'),
  z.regex(/^https?:\/\/[^\s\p{C}"'<>\\]+$/u, 'Enter an address that begins with https://.')))
