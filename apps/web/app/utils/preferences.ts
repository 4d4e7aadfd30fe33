import * as z from 'zod/mini'
import { PREFERENCES_KEY, readStored, writeStored } from './person'

export const THEMES = ['system', 'light', 'dark'] as const
export const DENSITIES = ['comfortable', 'compact'] as const
/** The app speaks one language; the choice is stored so that a second one finds it. */
export const LANGUAGES = ['en'] as const

/** What a person chose for how the app looks and begins. A value that this version does not know counts as not chosen. */
const schema = z.object({
  theme: z.catch(z.enum(THEMES), 'system'),
  density: z.catch(z.enum(DENSITIES), 'comfortable'),
  language: z.catch(z.enum(LANGUAGES), 'en'),
  /** The company that the app opens with; null for the list of all. */
  start: z.catch(z.nullable(z.guid()), null),
})
export type Preferences = z.infer<typeof schema>

/** Reads `users.preferences`, which may hold anything and other keys besides. */
export function readPreferences(value: unknown): Preferences {
  const given = schema.safeParse(value)
  return given.success ? given.data : schema.parse({})
}

const storedSchema = z.object({ user: z.guid(), preferences: schema })

/** What was last applied on this device for a person: known before the local database is open. */
export function storedPreferences(userId: string): Preferences | undefined {
  const stored = readStored(PREFERENCES_KEY, storedSchema)
  return stored?.user === userId ? stored.preferences : undefined
}
export const storePreferences = (userId: string, preferences: Preferences) => writeStored(PREFERENCES_KEY, { user: userId, preferences })
