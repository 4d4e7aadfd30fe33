import * as z from 'zod/mini'
import { SEARCH_ENTITIES } from '#shared/search/entities'
import { RECENT_KEY, readStored, writeStored } from './person'

const LENGTH = 8

const placeSchema = z.object({ entity: z.enum(SEARCH_ENTITIES), id: z.guid(), companyId: z.guid() })
const schema = z.object({ user: z.guid(), places: z.array(placeSchema) })

/**
 * Something that was opened, without its name: what was once in localStorage stays in the browser's files for long after
 * it was removed, and the name of a thing must go with its company.
 */
export type RecentPlace = z.infer<typeof placeSchema>

/** What a person opened from the search of this device, the latest first. */
export function recentPlaces(userId: string): RecentPlace[] {
  const stored = readStored(RECENT_KEY, schema)
  return stored?.user === userId ? stored.places : []
}

/** Puts a place first. Of a storage that is full or forbidden nobody needs to know here. */
export function noteRecent(userId: string, { entity, id, companyId }: RecentPlace): void {
  store(userId, [{ entity, id, companyId }, ...recentPlaces(userId).filter(other => other.id !== id || other.entity !== entity)])
}

/** Forgets what lies in companies that the person no longer belongs to. */
export function keepRecentOf(userId: string, companies: readonly string[]): void {
  const before = recentPlaces(userId)
  const kept = before.filter(({ companyId }) => companies.includes(companyId))
  if (kept.length < before.length) store(userId, kept)
}

function store(userId: string, places: readonly RecentPlace[]): void {
  try {
    writeStored(RECENT_KEY, places.length > 0 ? { user: userId, places: places.slice(0, LENGTH) } : undefined)
  }
  catch (error) {
    console.warn('What was opened lately could not be stored:', error)
  }
}
