import * as z from 'zod/mini'

/** Who this browser's local database belongs to; no secret. Offline it is all that names the person. */
export interface Person { id: string, name: string, email: string }

export const PERSON_KEY = 'mvdb:user'
const DATABASE_NAME_KEY = 'mvdb:database-name'
const SIGN_OUT_KEY = 'mvdb:sign-out'

const person = z.object({ id: z.guid(), name: z.string(), email: z.string() })
const owed = z.object({ person, session: z.boolean(), database: z.boolean() })

/** What of a sign-out is still to be done: end the session at the server, delete the database of this person here. */
export type OwedSignOut = z.infer<typeof owed>

function stored<T>(key: string, schema: z.ZodMiniType<T>): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(localStorage.getItem(key) ?? 'null'))
    return parsed.success ? parsed.data : undefined
  }
  catch {
    return undefined
  }
}

function store(key: string, value: unknown): void {
  if (value === undefined) localStorage.removeItem(key)
  else localStorage.setItem(key, JSON.stringify(value))
}

export const storedPerson = (): Person | undefined => stored(PERSON_KEY, person)
export const storePerson = (value: Person | undefined) => store(PERSON_KEY, value && { id: value.id, name: value.name, email: value.email })

/** `PGLITE_DB_NAME` as the server last said it: with it the local database opens before, or without, any request. */
export const storedDatabaseName = (): string | undefined => stored(DATABASE_NAME_KEY, z.string().check(z.minLength(1)))
export const storeDatabaseName = (value: string) => store(DATABASE_NAME_KEY, value)

/** A sign-out is written down before its first step, so that a tab killed half-way leaves it to be finished. */
export const owedSignOut = (): OwedSignOut | undefined => stored(SIGN_OUT_KEY, owed)
export const storeOwedSignOut = (value: OwedSignOut | undefined) => store(SIGN_OUT_KEY, value)
