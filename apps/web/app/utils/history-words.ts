import type { ChangedPlace, ChangeEvent, ChangeSide, DeletionLine } from '#shared/history/changes'
import type { MutationName } from '#shared/mutations/index'
import { statusWord } from './lead-words'

/** What the history has lines of: of a lead that was erased it has none. */
type Noted = Exclude<Extract<MutationName, `workspace.${string}` | `folder.${string}` | `lead.${string}`>, 'lead.erase'>
type Words = (change: ChangeEvent) => string

const quoted = (text: string | undefined) => `“${text ?? ''}”`
const number = new Intl.NumberFormat('en')
const plural = (count: number, one: string, many = `${one}s`) => `${number.format(count)} ${count === 1 ? one : many}`
const at = (place: ChangedPlace | undefined) => !place ? 'another place' : place.folder ? `${quoted(place.folder.name)} in ${quoted(place.workspace.name)}` : `the top of ${quoted(place.workspace.name)}`

const renamed: Words = ({ before, after }) => `renamed it from ${quoted(before.name)} to ${quoted(after.name)}`
const described: Words = ({ before, after }) => after.description === '' ? 'took the description away' : before.description === '' ? 'wrote a description' : 'changed the description'
/** `amount` counts the thing itself. */
const withWhat = ({ amount }: ChangeEvent) => (amount ?? 1) > 1 ? ` and ${plural((amount ?? 1) - 1, 'folder')} in it` : ''
const together = ({ amount }: ChangeEvent) => amount === null ? ', together with what it lay in' : ''

/** What each edit did, after the name of whoever made it. */
const WORDS: Readonly<Record<Noted, Words>> = {
  'workspace.create': ({ after }) => `made it, with the name ${quoted(after.name)}`,
  'workspace.rename': renamed,
  'workspace.describe': described,
  'workspace.move': () => 'gave it another place in the list',
  'workspace.delete': change => `deleted it${withWhat(change)}`,
  'workspace.restore': change => `restored it${withWhat(change)}`,
  'folder.create': ({ after }) => `made it ${after.place?.folder ? 'in' : 'at'} ${at(after.place)}, with the name ${quoted(after.name)}`,
  'folder.rename': renamed,
  'folder.describe': described,
  'folder.move': ({ before, after }) => after.place ? `moved it from ${at(before.place)} to ${at(after.place)}` : 'gave it another place among its neighbours',
  'folder.delete': change => `deleted it${together(change) || withAll(change)}`,
  'folder.restore': change => `restored it${together(change) || withAll(change)}`,
  'lead.set-status': ({ before, after }) => `changed the status from ${statusWord(before.status ?? '')} to ${statusWord(after.status ?? '')}`,
  'lead.assign': ({ before, after }) => after.assignee ? `gave it to ${after.assignee.name || 'somebody'}` : `took it from ${before.assignee?.name || 'whoever had it'}`,
  'lead.set-notes': ({ before, after }) => after.notes === '' ? 'took the notes away' : before.notes === '' ? 'wrote notes' : 'changed the notes',
  'lead.set-tags': ({ after: { tags = [] } }) => tags.length === 0 ? 'took the tags away' : `tagged it ${tags.map(quoted).join(', ')}`,
  'lead.merge': ({ before, after }) => merging(before, after),
}

/** Of a lead that was merged, and of the one that it came to or went from. */
function merging(before: ChangeSide, after: ChangeSide): string {
  if (after.others !== undefined) return `merged ${plural(after.others, 'lead')} into it`
  if (before.others !== undefined) return `separated ${plural(before.others, 'lead')} from it again`
  return after.merged_into === null ? 'separated it again' : 'merged it into another lead'
}

/** Of folders that were deleted at once each says how many went in all. */
function withAll({ amount }: ChangeEvent): string {
  return (amount ?? 1) > 1 ? `, ${plural(amount ?? 1, 'folder')} in all` : ''
}

/** A line of the history as a sentence. An edit of a newer version is named as it is. */
export function changeSentence(change: ChangeEvent): string {
  const { mutation, actor } = change
  return `${actor.name} ${Object.hasOwn(WORDS, mutation) ? WORDS[mutation as Noted](change) : `changed it in a way that this version has no words for: ${mutation}`}.`
}

/** What was deleted, by its names. */
export function deletionName({ names, tops }: DeletionLine): string {
  const more = tops - names.length
  return more > 0 ? `${names.join(', ')} and ${number.format(more)} more` : names.join(', ') || 'Folders'
}

/** How much is in a deletion, and where it was. */
export function deletionWords({ kind, amount, more, workspace }: DeletionLine): string {
  if (kind === 'workspace') return amount > 1 ? `Workspace with ${more ? 'more than ' : ''}${plural(amount - 1, 'folder')}` : 'Workspace'
  return `${more ? 'More than ' : ''}${plural(amount, 'folder')} of ${workspace.name}`
}
