import type { PGlite } from '@electric-sql/pglite'
import type { MutationEntry } from '../../../shared/protocol/mutations'
import { createTables } from '../../../worker/database/tables'
import type { LaidEdit, Overlay } from '../../../worker/writes/overlay'
import { newPGlite } from '../../support/new-pglite'

const id = (kind: string, n: number) => `0190${kind}00-0000-7000-8000-${String(n).padStart(12, '0')}`
export const COMPANY = id('c1', 1)
export const ME = id('a1', 1)
export const workspaceId = (n: number) => id('b1', n)
export const folderId = (n: number) => id('f1', n)
export const groupId = (n: number) => id('e1', n)
export const memberId = (n: number) => id('d1', n)
export const personId = (n: number) => id('a1', n)
export const leadId = (n: number) => id('1e', n)
export const key = (n: number) => id('77', n)

const STAMP = '2026-01-02T03:04:05.678901+00:00'
const stamps = { created_at: STAMP, updated_at: STAMP, row_version: '7' }
export type Row = Record<string, string | null>

export const folderRow = (n: number, parent: number | null = null, more: Row = {}): Row => ({
  id: folderId(n), company_id: COMPANY, workspace_id: workspaceId(1), parent_id: parent === null ? null : folderId(parent), name: `folder ${n}`, description: '',
  position: 'a0', ...stamps, deleted_at: null, deletion_id: null, ...more,
})
export const workspaceRow = (n: number): Row => ({ id: workspaceId(n), company_id: COMPANY, name: `workspace ${n}`, description: '', position: 'a0', ...stamps, deleted_at: null, deletion_id: null })

/** A database as the sync fills it: two workspaces, in the first a tree 1 ▸ 2 ▸ 3 and a folder 4, a group with one of three people. */
export async function filledDatabase(): Promise<PGlite> {
  const pg = await newPGlite()
  await createTables(pg)
  const put = (table: string, rows: readonly object[]) =>
    pg.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`, [JSON.stringify(rows)])
  await put('workspaces', [workspaceRow(1), workspaceRow(2)])
  await put('folders', [folderRow(1), folderRow(2, 1), folderRow(3, 2), folderRow(4)])
  await put('user_groups', [{ id: groupId(1), company_id: COMPANY, name: 'group 1', description: '', ...stamps }])
  await put('user_group_members', [{ id: memberId(1), company_id: COMPANY, group_id: groupId(1), user_id: personId(1), ...stamps }])
  await put('leads', [{ id: leadId(1), company_id: COMPANY, name: 'lead 1', email: 'l1@x.example', phone: null, message: 'Call me.', source: 'form', status: 'new', score: 3, variant: null, assignee_id: null, notes: '', tags: ['kept, "quoted"'], merged_into: null, ...stamps }])
  await put('company_members', [1, 2, 3].map(n => ({ id: id('d2', n), company_id: COMPANY, user_id: personId(n), role: 'member', name: `person ${n}`, email: `p${n}@x.example`, avatar_url: null, ...stamps })))
  await put('users', [{ id: ME, email: 'p1@x.example', name: 'person 1', avatar_url: null, preferences: { theme: 'dark', start: COMPANY }, last_login_at: null, is_active: true, ...stamps }])
  await put('companies', [{ id: COMPANY, name: 'company', slug: 'company', owner_id: ME, settings: { locale: 'en' }, ...stamps, deleted_at: null, deletion_id: null }])
  return pg
}

let count = 0
/** An edit of the company, as the journal has it. */
export function edit(name: string, input: Record<string, unknown>, more: Partial<MutationEntry> = {}): LaidEdit {
  count++
  const company = name.startsWith('person.') ? {} : { company: COMPANY }
  return { mutation: { id: key(count), name, version: 1, ...company, input, ...more }, at: Date.parse('2026-05-05T05:05:05Z'), place: count }
}

export const lay = async (overlay: Overlay, ...edits: LaidEdit[]) => {
  await overlay.lay(edits)
  return edits.map(({ mutation }) => mutation.id)
}

/** The folders that pages see, each as `number: name (in parent, of workspace)`. */
export async function tree(pg: PGlite): Promise<string[]> {
  const { rows } = await pg.query<{ id: string, name: string, parent_id: string | null, workspace_id: string }>('SELECT id, name, parent_id, workspace_id FROM app_read.folders ORDER BY id')
  const number = (key: string) => Number(key.slice(-12))
  return rows.map(row => `${number(row.id)}: ${row.name}${row.parent_id ? ` in ${number(row.parent_id)}` : ''}${row.workspace_id === workspaceId(1) ? '' : ` of ${number(row.workspace_id)}`}`)
}

/** Everything in the synced tables, to compare. */
export async function everything(pg: PGlite): Promise<unknown> {
  const tables = ['users', 'companies', 'company_members', 'user_groups', 'user_group_members', 'workspaces', 'folders', 'leads']
  return Object.fromEntries(await Promise.all(tables.map(async table => [table, (await pg.query(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY id`)).rows])))
}
