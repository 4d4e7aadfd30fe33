import type { JournalEntry } from '#shared/journal/entry'
import { mutations } from '#shared/mutations/index'
import { touchesOf } from '#shared/mutations/reading'

/** Edits of what may be erased by itself. */
const LEAD_MUTATIONS: ReadonlySet<string> = new Set(mutations.filter(({ entity }) => entity === 'leads').map(({ name }) => name))

const leadsOf = ({ mutation }: JournalEntry) => touchesOf(mutation).changes ?? []

/**
 * The edits of leads that were erased. One that was made to several goes with the first of them that is gone: it was done to all at
 * once or not at all, and can only be taken back so.
 * @param isHere whether a company's rows are here as a whole: only then is a lead that is missing one that was erased
 * @param thereOf which of these leads the server has, as far as it was heard
 */
export async function editsOfErased(
  entries: readonly JournalEntry[], isHere: (company: string) => boolean, thereOf: (ids: readonly string[]) => Promise<ReadonlySet<unknown>>,
): Promise<JournalEntry[]> {
  const edits = entries.filter(({ mutation: { name, company } }) => LEAD_MUTATIONS.has(name) && company !== undefined && isHere(company))
  const leads = [...new Set(edits.flatMap(leadsOf))]
  if (leads.length === 0) return []
  const there = await thereOf(leads)
  return edits.filter(edit => leadsOf(edit).some(id => !there.has(id)))
}
