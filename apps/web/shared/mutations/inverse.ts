import type { MutationInput, Step, Was } from './mutation'

type Field = 'name' | 'description' | 'status' | 'assignee_id' | 'notes' | 'tags' | 'merged_into'

/** Takes the change of a field back: to what it was, as long as it is what the edit made of it. */
export const fieldBack = (name: string, field: Field) => (input: MutationInput & Partial<Record<Field, unknown>>, was: Was): readonly Step[] | undefined => {
  const before = was[field]
  return before === undefined ? undefined : [{ name, input: { ...input, [field]: before }, base: { [field]: input[field] }, was: { [field]: input[field] } }]
}

/** Deletes what an edit made or brought back, by a deletion of its own that can be reversed. */
export function deleteAgain(name: string, which: { id: string } | { ids: string[] }, newKey: () => string): readonly [Step] {
  const id = newKey()
  return [{ name, id, input: { ...which, deletion_id: id }, was: { ids: 'ids' in which ? which.ids : [which.id] } }]
}

type Places = NonNullable<Was['places']>

/** Takes folders back to where each lay: those that lay together in one edit. */
export function placesBack(now: Pick<Places[number], 'workspace_id' | 'parent_id'> & { position?: string | undefined }, places: Places): readonly Step[] {
  const together = new Map<string, Places[number][]>()
  for (const place of places) {
    const spot = [place.workspace_id, place.parent_id, place.position].join(' ')
    together.set(spot, [...together.get(spot) ?? [], place])
  }
  return [...together.values()].map(([place, ...others]) => {
    const { workspace_id, parent_id, position } = place!
    const all = [place!, ...others]
    return {
      name: 'folder.move',
      input: { ids: all.map(({ id }) => id), workspace_id, parent_id, position },
      was: { places: all.map(({ id }) => ({ id, workspace_id: now.workspace_id, parent_id: now.parent_id, position: now.position ?? position })) },
    }
  })
}
