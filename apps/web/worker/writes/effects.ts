import type * as z from 'zod/mini'
import type { EntityName } from '#shared/catalogue/entities'
import type { mutations, MutationName } from '#shared/mutations/index'
import { readMutation } from '#shared/mutations/reading'
import type { JournalEntry } from '#shared/journal/entry'
import type { Queryable } from '../apply/local-table'
import type { Patch, RowChange } from './fold'

/** What a local effect knows beside its input. */
export interface EffectContext {
  readonly tx: Queryable
  readonly userId: string
  /** '' where a person's own row is meant. */
  readonly company: string
  /** When the edit was made, as PostgreSQL reads it. */
  readonly at: string
}

type InputOf<Name extends MutationName> = z.output<Extract<(typeof mutations)[number], { name: Name }>['input']>

type Effect<Input> = {
  /** It asks what rows there are: what comes before it must lie over them by then. */
  readonly reads?: true
  readonly changes: (context: EffectContext, input: Input) => RowChange[] | Promise<RowChange[]>
}

/**
 * So many folders of a deletion or a move are changed here at once, each with those under it; of a greater tree the tops
 * alone, which no list goes past. What the server makes of the others comes with the sync.
 */
export const SUBTREE_LIMIT = 5_000

const DEFAULT_POSITION = 'a0'

const stamps = (at: string) => ({ created_at: at, updated_at: at, row_version: 1 })
const living = { deleted_at: null, deletion_id: null }

/** Columns of one row. */
const sets = (entity: EntityName, columns: (input: Record<string, unknown>) => Record<string, unknown>) => ({
  changes: ({ at }: EffectContext, input: { id: string }): RowChange[] => [{ entity, id: input.id, patch: { set: { ...columns(input), updated_at: at } } }],
})
const renames = (entity: EntityName) => sets(entity, ({ name }) => ({ name }))
const describes = (entity: EntityName) => sets(entity, ({ description }) => ({ description }))

const goes = (entity: EntityName, ids: readonly string[], deletion?: string): RowChange[] =>
  ids.map(id => ({ entity, id, patch: { gone: true }, ...deletion !== undefined && { deletion } }))

/** What a deletion took that is not with the server yet; of one that is, nothing is here. */
async function comesBack({ tx }: EffectContext, { deletion_id: deletion }: { deletion_id: string }): Promise<RowChange[]> {
  const { rows } = await tx.query<{ entity: EntityName, id: string }>('SELECT DISTINCT entity, id FROM overlay.changes WHERE deletion = $1', [deletion])
  return rows.map(({ entity, id }) => ({ entity, id, patch: { gone: false } }))
}

/** The keys of the folders and of all that lies under them; of themselves alone where that is too much. */
async function subtree({ tx, company }: EffectContext, ids: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `WITH RECURSIVE subtree AS (
       SELECT id, workspace_id FROM folders WHERE company_id = $1 AND id = ANY($2::uuid[])
       UNION
       SELECT child.id, child.workspace_id FROM subtree CROSS JOIN LATERAL (
         SELECT id, workspace_id FROM folders WHERE workspace_id = subtree.workspace_id AND parent_id = subtree.id OFFSET 0) child
     ) SELECT id FROM subtree LIMIT ${SUBTREE_LIMIT + 1}`, [company, ids])
  return rows.length > SUBTREE_LIMIT ? [...ids] : rows.map(row => row.id)
}

const workspacePatch = (id: string, company: string, at: string, { name, description = '', position = DEFAULT_POSITION }: { name: string, description?: string, position?: string }): Patch =>
  ({ make: { id, company_id: company, name, description, position, ...stamps(at), ...living } })

/** What each mutation does to the rows that are here: the same as the server's effect of its name, as far as it can be known here. */
const EFFECTS: { readonly [Name in MutationName]: Effect<InputOf<Name>> } = {
  'workspace.create': { changes: ({ company, at }, { id, ...rest }) => [{ entity: 'workspaces', id, patch: workspacePatch(id, company, at, rest) }] },
  'workspace.rename': renames('workspaces'),
  'workspace.describe': describes('workspaces'),
  'workspace.move': sets('workspaces', ({ position }) => ({ position })),
  'workspace.delete': {
    reads: true,
    async changes({ tx, company }, { id, deletion_id: deletion }) {
      const { rows } = await tx.query<{ id: string }>(`SELECT id FROM folders WHERE company_id = $1 AND workspace_id = $2 LIMIT ${SUBTREE_LIMIT + 1}`, [company, id])
      return [...goes('workspaces', [id], deletion), ...rows.length > SUBTREE_LIMIT ? [] : goes('folders', rows.map(row => row.id), deletion)]
    },
  },
  'workspace.restore': { reads: true, changes: comesBack },
  'folder.create': {
    changes: ({ company, at }, { id, workspace_id, parent_id, name, description = '', position = DEFAULT_POSITION }) => [
      { entity: 'folders', id, patch: { make: { id, company_id: company, workspace_id, parent_id, name, description, position, ...stamps(at), ...living } } },
    ],
  },
  'folder.rename': renames('folders'),
  'folder.describe': describes('folders'),
  'folder.move': {
    reads: true,
    async changes(context, { ids, workspace_id, parent_id, position }) {
      const { tx, company, at } = context
      // A ring would be seen by nobody; the server says that there is none.
      if (parent_id !== null && (await subtree(context, ids)).includes(parent_id)) return []
      const moved: RowChange[] = ids.map(id => ({ entity: 'folders', id, patch: { set: { workspace_id, parent_id, ...position !== undefined && { position }, updated_at: at } } }))
      const { rows } = await tx.query<{ id: string }>('SELECT id FROM folders WHERE company_id = $1 AND id = ANY($2::uuid[]) AND workspace_id <> $3', [company, ids, workspace_id])
      const under = rows.length === 0 ? [] : (await subtree(context, rows.map(row => row.id))).filter(id => !ids.includes(id))
      return [...moved, ...under.map((id): RowChange => ({ entity: 'folders', id, patch: { set: { workspace_id } } }))]
    },
  },
  'folder.delete': { reads: true, changes: async (context, { ids, deletion_id: deletion }) => goes('folders', await subtree(context, ids), deletion) },
  'folder.restore': { reads: true, changes: comesBack },
  'group.create': {
    changes: ({ company, at }, { id, name, description = '' }) => [{ entity: 'user_groups', id, patch: { make: { id, company_id: company, name, description, ...stamps(at) } } }],
  },
  'group.rename': renames('user_groups'),
  'group.describe': describes('user_groups'),
  'group.delete': {
    reads: true,
    async changes({ tx }, { id }) {
      const { rows } = await tx.query<{ id: string }>('SELECT id FROM user_group_members WHERE group_id = $1', [id])
      return [...goes('user_groups', [id]), ...goes('user_group_members', rows.map(row => row.id))]
    },
  },
  'group.add-people': {
    reads: true,
    async changes({ tx, company, at }, { group_id: group, people }) {
      const { rows } = await tx.query<{ user_id: string }>('SELECT user_id FROM user_group_members WHERE group_id = $1', [group])
      const there = new Set(rows.map(row => row.user_id))
      return people.filter(person => !there.has(person.user_id)).map(({ id, user_id }): RowChange => (
        { entity: 'user_group_members', id, patch: { make: { id, company_id: company, group_id: group, user_id, ...stamps(at) } } }))
    },
  },
  'group.remove-people': {
    reads: true,
    async changes({ tx }, { group_id: group, user_ids: users }) {
      const { rows } = await tx.query<{ id: string }>('SELECT id FROM user_group_members WHERE group_id = $1 AND user_id = ANY($2::uuid[])', [group, users])
      return goes('user_group_members', rows.map(row => row.id))
    },
  },
  'lead.set-status': sets('leads', ({ status }) => ({ status })),
  'lead.assign': sets('leads', ({ assignee_id }) => ({ assignee_id })),
  'lead.set-notes': sets('leads', ({ notes }) => ({ notes })),
  'lead.set-tags': sets('leads', ({ tags }) => ({ tags })),
  'lead.merge': {
    changes: ({ at }, { ids, merged_into }) => ids.map((id): RowChange => ({ entity: 'leads', id, patch: { set: { merged_into, updated_at: at } } })),
  },
  'lead.erase': {
    reads: true,
    async changes({ tx, company }, { id }) {
      const { rows } = await tx.query<{ id: string }>(
        `WITH RECURSIVE tree AS (
           SELECT $2::uuid AS id UNION SELECT l.id FROM tree JOIN leads l ON l.company_id = $1 AND l.merged_into = tree.id
         ) SELECT id FROM tree`, [company, id])
      return goes('leads', rows.map(row => row.id))
    },
  },
  'member.change-role': {
    reads: true,
    async changes({ tx, company, at }, { user_id: user, role }) {
      const { rows } = await tx.query<{ id: string }>('SELECT id FROM company_members WHERE company_id = $1 AND user_id = $2', [company, user])
      return rows.map(({ id }): RowChange => ({ entity: 'company_members', id, patch: { set: { role, updated_at: at } } }))
    },
  },
  'company.settings': {
    changes: ({ company, at }, { name, settings }) => [
      { entity: 'companies', id: company, patch: { set: { ...name !== undefined && { name }, updated_at: at }, ...settings && { merge: { settings } } } },
    ],
  },
  'person.profile': {
    reads: true,
    async changes({ tx, userId, at }, { name, avatar_url }) {
      const { rows } = await tx.query<{ id: string }>('SELECT id FROM company_members WHERE user_id = $1', [userId])
      const set = { name, avatar_url, updated_at: at }
      return [{ entity: 'users', id: userId, patch: { set } }, ...rows.map(({ id }): RowChange => ({ entity: 'company_members', id, patch: { set } }))]
    },
  },
  'person.preferences': { changes: ({ userId, at }, { preferences }) => [{ entity: 'users', id: userId, patch: { set: { updated_at: at }, merge: { preferences } } }] },
}

/** This version of the app does not know an edit that another one noted. */
export class UnknownEdit extends Error {
  override readonly name = 'UnknownEdit'
}

/** What an edit does here. Throws UnknownEdit where this version of the app does not know its mutation, or its input is not one of it. */
export function localEffect(sent: JournalEntry['mutation']): { reads: boolean, changes: (context: EffectContext) => RowChange[] | Promise<RowChange[]> } {
  const reading = readMutation(sent)
  if (reading.kind !== 'read') throw new UnknownEdit(`This version of the app does not know the edit ${sent.name}@${sent.version}`)
  const effect = EFFECTS[reading.mutation.name as MutationName] as Effect<unknown>
  return { reads: effect.reads ?? false, changes: context => effect.changes(context, reading.edit.input) }
}
