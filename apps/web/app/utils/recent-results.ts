import * as z from 'zod/mini'
import { RECENT_KEY, readStored, writeStored } from './person'
import type { SearchResult } from './search-results'

const LENGTH = 8

const schema = z.object({
  user: z.guid(),
  results: z.array(z.object({
    key: z.string(), entity: z.enum(['workspace', 'folder', 'member', 'group']), companyId: z.guid(), title: z.string(), detail: z.string(), to: z.string().check(z.startsWith('/c/')),
  })),
})

/** What a person opened from the search of this device, the latest first. */
export function recentResults(userId: string): SearchResult[] {
  const stored = readStored(RECENT_KEY, schema)
  if (stored?.user !== userId) return []
  return stored.results.map(result => ({ ...result, pieces: [{ text: result.title, isFound: false }] }))
}

/** Puts a result first. Of a storage that is full or forbidden nobody needs to know here. */
export function noteResult(userId: string, { key, entity, companyId, title, detail, to }: SearchResult): void {
  store(userId, [{ key, entity, companyId, title, detail, to }, ...recentResults(userId).filter(other => other.key !== key)])
}

/** Forgets what lies in companies that the person no longer belongs to. */
export function keepResultsOf(userId: string, companies: readonly string[]): void {
  const before = recentResults(userId)
  const kept = before.filter(({ companyId }) => companies.includes(companyId))
  if (kept.length < before.length) store(userId, kept)
}

function store(userId: string, results: readonly Omit<SearchResult, 'pieces'>[]): void {
  const plain = results.slice(0, LENGTH).map(({ key, entity, companyId, title, detail, to }) => ({ key, entity, companyId, title, detail, to }))
  try {
    writeStored(RECENT_KEY, plain.length > 0 ? { user: userId, results: plain } : undefined)
  }
  catch (error) {
    console.warn('The recent results could not be stored:', error)
  }
}
