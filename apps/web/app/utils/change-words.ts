import type { JournalEntry } from '#shared/journal/entry'
import { folderDelete, folderRestore } from '#shared/mutations/folder'
import type { MutationName } from '#shared/mutations/index'
import { workspaceDelete, workspaceRestore } from '#shared/mutations/workspace'
import { statusWord, tagWords } from './lead-words'
import { asRole } from './role-words'

type Input = Record<string, unknown>
const text = (value: unknown) => typeof value === 'string' ? value : ''
const quoted = (value: unknown) => `“${text(value)}”`
const many = (value: unknown, one: string) => {
  const count = Array.isArray(value) ? value.length : 0
  return count === 1 ? `one ${one}` : `${count} ${one}s`
}
const thing = (about: string, otherwise: string) => about ? quoted(about) : otherwise

/** What each edit does, for whoever made it. `about`: the name of what it is about, where that was known. */
const WORDS: Readonly<Record<MutationName, (input: Input, about: string) => string>> = {
  'workspace.create': ({ name }) => `New workspace ${quoted(name)}`,
  'workspace.rename': ({ name }, about) => `Rename ${thing(about, 'a workspace')} to ${quoted(name)}`,
  'workspace.describe': (_, about) => `Description of ${thing(about, 'a workspace')}`,
  'workspace.move': (_, about) => `Place of ${thing(about, 'a workspace')} in the list`,
  'workspace.delete': (_, about) => `Delete ${thing(about, 'a workspace')} and everything in it`,
  'workspace.restore': (_, about) => `Restore ${thing(about, 'a workspace')}`,
  'folder.create': ({ name }) => `New folder ${quoted(name)}`,
  'folder.rename': ({ name }, about) => `Rename ${thing(about, 'a folder')} to ${quoted(name)}`,
  'folder.describe': (_, about) => `Description of ${thing(about, 'a folder')}`,
  'folder.move': ({ ids }, about) => `Move ${thing(about, many(ids, 'folder'))}`,
  'folder.delete': ({ ids }, about) => `Delete ${thing(about, many(ids, 'folder'))} and everything in it`,
  'folder.restore': (_, about) => `Restore ${thing(about, 'folders')}`,
  'group.create': ({ name }) => `New group ${quoted(name)}`,
  'group.rename': ({ name }, about) => `Rename ${thing(about, 'a group')} to ${quoted(name)}`,
  'group.describe': (_, about) => `Description of ${thing(about, 'a group')}`,
  'group.delete': (_, about) => `Delete ${thing(about, 'a group')}`,
  'group.add-people': ({ people }, about) => `Add ${many(people, 'person').replace('persons', 'people')} to ${thing(about, 'a group')}`,
  'group.remove-people': ({ user_ids: users }, about) => `Take ${many(users, 'person').replace('persons', 'people')} out of ${thing(about, 'a group')}`,
  'lead.set-status': ({ status }, about) => `Status of ${thing(about, 'a lead')}: ${statusWord(text(status))}`,
  'lead.assign': ({ assignee_id: person }, about) => person === null ? `Nobody looks after ${thing(about, 'a lead')}` : `Give ${thing(about, 'a lead')} to somebody`,
  'lead.set-notes': (_, about) => `Notes on ${thing(about, 'a lead')}`,
  'lead.set-tags': (_, about) => `Tags of ${thing(about, 'a lead')}`,
  'lead.merge': ({ ids, merged_into: into }, about) => into === null ? `Separate ${thing(about, many(ids, 'lead'))} again` : `Merge ${thing(about, many(ids, 'lead'))} into another one`,
  'lead.erase': (_, about) => `Erase ${thing(about, 'a lead')} for good`,
  'member.change-role': ({ role }, about) => `Make ${about || 'a member'} ${asRole(text(role) as Parameters<typeof asRole>[0])}`,
  'company.settings': () => 'Settings of the company',
  'person.profile': () => 'Your profile',
  'person.preferences': () => 'Your preferences',
}

/** What an edit does, in a line. */
export function changeWords({ mutation: { name, input }, about }: Pick<JournalEntry, 'mutation' | 'about'>): string {
  return name in WORDS ? WORDS[name as MutationName](input, about) : `A change of another version of the app (${name})`
}

type Texts = 'name' | 'description' | 'notes'

/** The one text that an edit sets, if it sets one: what can be edited and sent again. */
export function changedText({ mutation: { name, input } }: Pick<JournalEntry, 'mutation'>): { field: Texts, text: string } | undefined {
  const field = textFieldOf(name)
  return field && typeof input[field] === 'string' ? { field, text: input[field] } : undefined
}

function textFieldOf(name: string): Texts | undefined {
  if (name === 'lead.set-notes') return 'notes'
  if (name.endsWith('.describe')) return 'description'
  return name.endsWith('.rename') || name.endsWith('.create') ? 'name' : undefined
}

/** The fields that an edit can be in conflict about, each with how its values are said. Of people it is not known here who they are. */
const SAID: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  name: asText, description: asText, notes: asText,
  status: value => typeof value === 'string' ? statusWord(value) : undefined,
  tags: value => Array.isArray(value) ? tagWords(value.map(String)) : undefined,
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The two or three sides of a conflict, beside each other. */
export function sidesOf({ mutation: { input, base }, answer }: Pick<JournalEntry, 'mutation' | 'answer'>): { field: string, base: string | undefined, mine: string, theirs: string } | undefined {
  for (const [field, said] of Object.entries(SAID)) {
    const [mine, theirs] = [said(input[field]), said(answer?.theirs?.[field])]
    if (mine !== undefined && theirs !== undefined) return { field, base: said(base?.[field]), mine, theirs }
  }
  return undefined
}

/** Whether an edit was decided against because the place that it names is not there (any more): another one may do. */
export function wantsAnotherPlace({ mutation: { name }, answer }: Pick<JournalEntry, 'mutation' | 'answer'>): boolean {
  if (name !== 'folder.create' && name !== 'folder.move') return false
  return answer?.code === 'parent_deleted' || answer?.code === 'would_make_ring' || (answer?.code === 'not_found' && ('parent_id' in (answer.fields ?? {}) || 'workspace_id' in (answer.fields ?? {})))
}

const DELETIONS: readonly string[] = [folderDelete.name, workspaceDelete.name]
const RESTORES: readonly string[] = [folderRestore.name, workspaceRestore.name]

/** Keys of the deletions among edits that were not decided against, of which none has been restored by a later one. */
export function restorableOf(entries: readonly Pick<JournalEntry, 'mutation' | 'state'>[]): Set<string> {
  const going = entries.filter(({ state }) => state !== 'conflict' && state !== 'refused').map(({ mutation }) => mutation)
  const restored = new Set(going.flatMap(({ name, input }) => RESTORES.includes(name) ? input.deletion_id : []))
  return new Set(going.flatMap(({ id, name, input }) => DELETIONS.includes(name) && !restored.has(input.deletion_id) ? id : []))
}
