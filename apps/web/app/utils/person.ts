import * as z from 'zod/mini'
import { DATABASE_NAME_KEY, PERSON_KEY } from '#shared/protocol/pointer'

/** Who this browser's local database belongs to; no secret. Offline it is all that names the person. */
export interface Person { id: string, name: string, email: string }

export const PREFERENCES_KEY = 'mvdb:preferences'
export const RECENT_KEY = 'mvdb:recent'

/** The form of `PGLITE_DB_NAME`, as the server demands it. */
export const databaseNameSchema = z.string().check(z.regex(/^[\w-]{1,60}$/))

/** How a person is read back from this device. */
export const storedPersonSchema = z.object({ id: z.guid(), name: z.string(), email: z.string() })

/** Reads a value of `localStorage`; undefined where it is missing or not of the schema. */
export function readStored<T>(key: string, schema: z.ZodMiniType<T>): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(localStorage.getItem(key) ?? 'null'))
    return parsed.success ? parsed.data : undefined
  }
  catch {
    return undefined
  }
}

/** Writes a value to `localStorage`; undefined removes it. */
export function writeStored(key: string, value: unknown): void {
  if (value === undefined) localStorage.removeItem(key)
  else localStorage.setItem(key, JSON.stringify(value))
}

export const storedPerson = (): Person | undefined => readStored(PERSON_KEY, storedPersonSchema)
export function storePerson(value: Person | undefined): void {
  // How the app looked for one person, and what they opened, says something about them, and nothing to the next.
  if (storedPerson()?.id !== value?.id) {
    writeStored(PREFERENCES_KEY, undefined)
    writeStored(RECENT_KEY, undefined)
  }
  writeStored(PERSON_KEY, value && { id: value.id, name: value.name, email: value.email })
}

/** `PGLITE_DB_NAME` as the server last said it: with it the local database opens before, or without, any request. */
export const storedDatabaseName = (): string | undefined => readStored(DATABASE_NAME_KEY, databaseNameSchema)
export const storeDatabaseName = (value: string) => writeStored(DATABASE_NAME_KEY, value)
