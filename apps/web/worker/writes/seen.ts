import type { EntityName } from '#shared/catalogue/entities'
import type { JournalEntry } from '#shared/journal/entry'
import type { TouchedRow } from '#shared/protocol/mutations'
import type { Original, Overlay } from './overlay'

/** How far what is here reaches. */
export interface Horizon {
  /** Whether it is known what is here; what lies over the rows stays as it is until then. */
  readonly isKnown: () => boolean
  /** Whether the rows of a company (of the person, where none is named) are here as a whole. */
  readonly holds: (company: string | undefined) => boolean
  /** Whether they are all live: what the server does comes at once. */
  readonly isLive: (company: string | undefined) => boolean
}

/** A row that came and went again before it was ever here is waited for no longer than this, while everything is live. */
export const PATIENCE_MS = 30_000

/**
 * Which edits that the server has applied can be seen in what it has sent since: each row that it named is here in that
 * version or a later one, or gone where it was deleted. What is not held here is not waited for. An edit of a row is not seen
 * before the ones that it came after.
 * @param entries in their order
 * @param laid those that lie over the rows
 * @param waited for how long this leader has waited for one, in ms; not by the device's clock, which somebody may set back
 * @returns the keys of their mutations
 */
export async function seenEntries(entries: readonly JournalEntry[], laid: ReadonlySet<string>, overlay: Overlay, horizon: Horizon, waited: (id: string) => number): Promise<string[]> {
  const applied = entries.filter(({ state }) => state === 'applied')
  if (applied.length === 0) return []
  const originals = await originalsOf(applied.filter(({ mutation }) => laid.has(mutation.id)), overlay)
  const waiting = new Set<string>()
  const seen: string[] = []
  for (const { mutation, rows = [] } of applied) {
    const isHere = ({ entity, id, row_version: version }: TouchedRow) => {
      const original = originals.get(`${entity} ${id}`)
      // Not among the rows that edits changed: nothing of it is shown.
      if (!original) return true
      return original.version === null ? !original.isShown : original.version >= version
    }
    const isLate = waited(mutation.id) > PATIENCE_MS && horizon.isLive(mutation.company)
    if (!laid.has(mutation.id) || isLate || rows.every(row => !waiting.has(row.id) && isHere(row))) seen.push(mutation.id)
    else for (const { id } of rows) waiting.add(id)
  }
  return seen
}

async function originalsOf(entries: readonly JournalEntry[], overlay: Overlay): Promise<Map<string, Original>> {
  const byEntity = new Map<EntityName, Set<string>>()
  for (const { rows = [] } of entries) for (const { entity, id } of rows) byEntity.set(entity, (byEntity.get(entity) ?? new Set()).add(id))
  const originals = new Map<string, Original>()
  for (const [entity, ids] of byEntity) for (const [id, original] of await overlay.originals(entity, [...ids])) originals.set(`${entity} ${id}`, original)
  return originals
}
