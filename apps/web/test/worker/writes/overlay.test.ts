import type { PGlite, Transaction } from '@electric-sql/pglite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { mutations } from '../../../shared/mutations/index'
import { leadsRead, mergedLeadsRead } from '../../../shared/reads/leads'
import { Cursors } from '../../../worker/apply/cursors'
import { createShapeEngine } from '../../../worker/apply/engine'
import { ShapeApplier } from '../../../worker/apply/shape-applier'
import type { ShapeMessage } from '../../../worker/apply/write-changes'
import { purgeShapes } from '../../../worker/sync/purge'
import { companyShapes } from '../../../worker/sync/wanted'
import { Laying } from '../../../worker/writes/laying'
import { liftAll, Overlay } from '../../../worker/writes/overlay'
import { entry } from './entries'
import { COMPANY, edit, everything, filledDatabase, folderId, folderRow, groupId, key, lay, leadId, ME, memberId, personId, tree, workspaceId, type Row } from './rows'

let filled: PGlite
let pg: PGlite
let overlay: Overlay
let applier: ShapeApplier
beforeAll(async () => {
  filled = await filledDatabase()
})
afterAll(() => filled.close())
beforeEach(async () => {
  pg = await filled.clone() as PGlite
  await createShapeEngine(pg)
  overlay = await Overlay.open(pg, ME)
  applier = new ShapeApplier(pg, new Cursors('electric'), {
    key: `company-${COMPANY}-folders`, table: '"public"."folders"', primaryKey: ['id'], ownership: { kind: 'scope', scope: { column: 'company_id', value: COMPANY } },
    around: (...given) => overlay.around(...given),
  })
  await applier.open()
  // What is here is complete: the first refetch brings the same.
  await serverSays([...[folderRow(1), folderRow(2, 1), folderRow(3, 2), folderRow(4)].map(made), upToDate], '1_0')
  return () => pg.close()
})

const made = (value: Row): ShapeMessage => ({ key: value.id ?? '', value, headers: { operation: 'insert', lsn: '1' } }) as never
const changed = (value: Row): ShapeMessage => ({ key: value.id ?? '', value, headers: { operation: 'update', lsn: '1' } }) as never
const gone = (n: number): ShapeMessage => ({ key: folderId(n), value: { id: folderId(n) }, headers: { operation: 'delete', lsn: '1' } }) as never
const upToDate: ShapeMessage = { headers: { control: 'up-to-date' } } as never
let offset = 1
const serverSays = (messages: ShapeMessage[], at = `${++offset}_0`) => applier.apply(messages, { handle: 'h', offset: at as never })
const query = async <R extends object>(sql: string) => (await pg.query<R>(sql)).rows
const names = async (table: string) => (await query<{ name: string }>(`SELECT name FROM app_read.${table} ORDER BY name`)).map(({ name }) => name)

test('every kind of folder edit is in the tree at once, and the server’s tree is there again when it is taken off', async () => {
  const before = await everything(pg)
  const ids = [
    ...await lay(overlay, edit('folder.rename', { id: folderId(1), name: 'renamed' }), edit('folder.create', { id: folderId(9), workspace_id: workspaceId(1), parent_id: folderId(4), name: 'new' })),
    ...await lay(overlay, edit('folder.rename', { id: folderId(9), name: 'newer' }), edit('folder.move', { ids: [folderId(2)], workspace_id: workspaceId(2), parent_id: null })),
  ]
  expect(await tree(pg)).toEqual(['1: renamed', '2: folder 2 of 2', '3: folder 3 in 2 of 2', '4: folder 4', '9: newer in 4'])
  const deletion = edit('folder.delete', { ids: [folderId(2), folderId(9)], deletion_id: key(900) })
  ids.push(...await lay(overlay, deletion))
  expect(await tree(pg)).toEqual(['1: renamed', '4: folder 4'])
  ids.push(...await lay(overlay, edit('folder.restore', { deletion_id: key(900) })))
  expect(await tree(pg)).toEqual(['1: renamed', '2: folder 2 of 2', '3: folder 3 in 2 of 2', '4: folder 4', '9: newer in 4'])
  await overlay.unlay(ids)
  expect(await everything(pg)).toEqual(before)
  expect([...await overlay.laid(), ...await query('SELECT * FROM overlay.changes'), ...await query('SELECT * FROM overlay.folders')]).toEqual([])
})

test('an edit whose session was ended before the journal said its place does not lie above what came after it', async () => {
  const before = await tree(pg)
  const deletion = entry('folder.delete', { ids: [folderId(1)], deletion_id: key(903) })
  await overlay.lay([{ ...deletion, place: 2 ** 40 + 6 }])
  // The next session: the deletion has its place by now, and the person takes it back at once.
  const laying = await Laying.over(await Overlay.open(pg, ME), { isKnown: () => true, holds: () => true, isLive: () => false }, [deletion])
  await laying.settle([deletion, entry('folder.restore', { deletion_id: key(903) })], [])
  expect(await tree(pg)).toEqual(before)
})

test('edits of two tabs that were shown in another order than the journal has them are shown in the journal’s', async () => {
  const [first, second] = [entry('folder.rename', { id: folderId(1), name: 'first' }), entry('folder.rename', { id: folderId(1), name: 'second' })]
  await overlay.lay([{ ...second, place: 2 ** 40 }])
  await overlay.lay([{ ...first, place: 2 ** 40 + 1 }])
  expect((await tree(pg))[0]).toBe('1: first')
  expect(await overlay.place([first, second].map(({ mutation, seq }) => ({ id: mutation.id, place: seq })))).toEqual(['folders'])
  expect((await tree(pg))[0]).toBe('1: second')
})

test('every mutation that there is can be laid over rows and taken off again without a trace', async () => {
  const before = await everything(pg)
  const inputs: Record<(typeof mutations)[number]['name'], Record<string, unknown>> = {
    'workspace.create': { id: workspaceId(9), name: 'w' }, 'workspace.rename': { id: workspaceId(1), name: 'w1' }, 'workspace.describe': { id: workspaceId(1), description: 'd' },
    'workspace.move': { id: workspaceId(1), position: 'a5' }, 'workspace.delete': { id: workspaceId(1), deletion_id: key(901) }, 'workspace.restore': { deletion_id: key(901) },
    'folder.create': { id: folderId(9), workspace_id: workspaceId(1), parent_id: null, name: 'f' }, 'folder.rename': { id: folderId(1), name: 'x' },
    'folder.describe': { id: folderId(1), description: 'd' }, 'folder.move': { ids: [folderId(3)], workspace_id: workspaceId(1), parent_id: null, position: 'a3' },
    'folder.delete': { ids: [folderId(1)], deletion_id: key(902) }, 'folder.restore': { deletion_id: key(902) },
    'group.create': { id: groupId(9), name: 'g' }, 'group.rename': { id: groupId(1), name: 'g1' }, 'group.describe': { id: groupId(1), description: 'd' }, 'group.delete': { id: groupId(1) },
    'group.add-people': { group_id: groupId(1), people: [{ id: memberId(8), user_id: personId(1) }, { id: memberId(9), user_id: personId(2) }] },
    'group.remove-people': { group_id: groupId(1), user_ids: [personId(1)] },
    'lead.set-status': { id: leadId(1), status: 'won' }, 'lead.assign': { id: leadId(1), assignee_id: personId(2) }, 'lead.set-notes': { id: leadId(1), notes: 'n' }, 'lead.set-tags': { id: leadId(1), tags: ['b', 'a "c"'] }, 'lead.merge': { ids: [leadId(1)], merged_into: leadId(2) }, 'lead.erase': { id: leadId(1) },
    'member.change-role': { user_id: personId(2), role: 'admin' }, 'company.settings': { name: 'c', settings: { locale: null, tone: 'blue' } },
    'person.profile': { name: 'me', avatar_url: null }, 'person.preferences': { preferences: { theme: null, density: 'compact' } },
  }
  for (const { name } of mutations) {
    const [id = ''] = await lay(overlay, edit(name, inputs[name]))
    // What a restore brings back is what was deleted here and not sent.
    if (!name.endsWith('.restore')) expect([name, await everything(pg)]).not.toEqual([name, before])
    await overlay.unlay([id])
    expect([name, await everything(pg)]).toEqual([name, before])
  }
})

describe('leads that are merged without a network', () => {
  const all = [1, 2, 3].map(leadId)
  const ids = async (read: { sql: string }, ...params: unknown[]) => (await pg.query<{ id: string }>(read.sql, [COMPANY, ...params])).rows.map(({ id }) => id).toSorted()
  const listed = () => ids(leadsRead, '', '', '', 0, '', '', '')
  beforeEach(async () => {
    for (const id of all.slice(1)) {
      await pg.query('INSERT INTO leads SELECT (jsonb_populate_record(l, jsonb_build_object(\'id\', $2::text))).* FROM leads l WHERE id = $1', [leadId(1), id])
    }
  })

  test('are one at once, and what they were when that is taken off', async () => {
    const laid = await lay(overlay, edit('lead.merge', { ids: [leadId(1), leadId(2)], merged_into: leadId(3) }))
    expect(await listed()).toEqual([leadId(3)])
    expect(await ids(mergedLeadsRead, leadId(3))).toEqual([leadId(1), leadId(2)])
    await overlay.unlay(laid)
    expect(await listed()).toEqual(all)
  })

  test('go together with the one that they were merged into, also into one of them, and come back where that is refused', async () => {
    const laid = await lay(overlay, edit('lead.merge', { ids: [leadId(1)], merged_into: leadId(2) }), edit('lead.merge', { ids: [leadId(2)], merged_into: leadId(3) }), edit('lead.erase', { id: leadId(3) }))
    expect((await pg.query('SELECT FROM leads')).rows).toEqual([])
    await overlay.unlay(laid.slice(2))
    expect(await listed()).toEqual([leadId(3)])
    expect(await ids(mergedLeadsRead, leadId(3))).toEqual([leadId(1), leadId(2)])
  })
})

test('what others change in another field of an edited row is seen beside the edit', async () => {
  await lay(overlay, edit('folder.rename', { id: folderId(1), name: 'mine' }))
  await serverSays([changed({ id: folderId(1), description: 'theirs', row_version: '8' }), upToDate])
  expect(await query(`SELECT name, description FROM app_read.folders WHERE id = '${folderId(1)}'`)).toEqual([{ name: 'mine', description: 'theirs' }])
})

test('what others change in the very field that is edited waits under the edit, and is there when it is taken off', async () => {
  const ids = await lay(overlay, edit('folder.rename', { id: folderId(1), name: 'mine' }))
  await serverSays([changed({ id: folderId(1), name: 'theirs', row_version: '8' }), upToDate])
  expect(await names('folders')).toContain('mine')
  await overlay.unlay(ids)
  expect(await names('folders')).toContain('theirs')
})

test('a folder that was made here comes from the server and is there once, before, meanwhile and after', async () => {
  const ids = await lay(overlay, edit('folder.create', { id: folderId(9), workspace_id: workspaceId(1), parent_id: null, name: 'new' }), edit('folder.rename', { id: folderId(9), name: 'newer' }))
  await serverSays([made(folderRow(9, null, { name: 'new' })), upToDate])
  expect((await tree(pg)).filter(line => line.startsWith('9'))).toEqual(['9: newer'])
  await overlay.unlay(ids.slice(0, 1))
  expect((await tree(pg)).filter(line => line.startsWith('9'))).toEqual(['9: newer'])
  await overlay.unlay(ids.slice(1))
  expect((await tree(pg)).filter(line => line.startsWith('9'))).toEqual(['9: new'])
})

test('a folder that others delete while it is edited here is gone, and does not come back with the edit', async () => {
  const ids = await lay(overlay, edit('folder.rename', { id: folderId(4), name: 'mine' }))
  await serverSays([gone(4), upToDate])
  expect(await tree(pg)).not.toContainEqual(expect.stringContaining('4:'))
  await overlay.unlay(ids)
  expect(await tree(pg)).not.toContainEqual(expect.stringContaining('4:'))
})

test('a folder that others delete and bring back while it is edited here has the edit again', async () => {
  await lay(overlay, edit('folder.rename', { id: folderId(4), name: 'mine' }))
  await serverSays([gone(4), upToDate])
  await serverSays([made(folderRow(4)), upToDate])
  expect(await tree(pg)).toContain('4: mine')
})

test('a whole refetch under edits counts the server’s rows and keeps the edits over them', async () => {
  await lay(overlay, edit('folder.create', { id: folderId(9), workspace_id: workspaceId(1), parent_id: null, name: 'new' }), edit('folder.delete', { ids: [folderId(4)], deletion_id: key(903) }))
  await serverSays([{ headers: { control: 'must-refetch' } } as never])
  await serverSays([...[folderRow(1, null, { name: 'other' }), folderRow(4)].map(made), upToDate], '0_0')
  expect(await tree(pg)).toEqual(['1: other', '9: new'])
  expect(applier.cursor.rows).toBe(2)
  await pg.transaction((tx: Transaction) => liftAll(tx))
  expect(await tree(pg)).toEqual(['1: other', '4: folder 4'])
})

test('a person’s choices keep the keys that others of their devices changed meanwhile', async () => {
  await lay(overlay, edit('person.preferences', { preferences: { theme: null, density: 'compact' } }))
  expect(await query('SELECT preferences FROM app_read.users')).toEqual([{ preferences: { start: COMPANY, density: 'compact' } }])
})

test('a company that ended takes the edits over its rows along, and nothing of them is left in the database', async () => {
  await lay(overlay, edit('folder.rename', { id: folderId(1), name: 'needle one' }), edit('folder.create', { id: folderId(9), workspace_id: workspaceId(1), parent_id: null, name: 'needle two' }),
    edit('group.create', { id: groupId(9), name: 'needle three' }), edit('company.settings', { name: 'needle four' }))
  await purgeShapes(pg, await createShapeEngine(pg), companyShapes(COMPANY))
  for (const table of ['folders', 'user_groups', 'companies', 'overlay.folders', 'overlay.user_groups', 'overlay.companies', 'overlay.changes', 'overlay.laid']) expect([table, await query(`SELECT * FROM ${table}`)]).toEqual([table, []])
})

test('a great subtree goes by its top, so that a deletion does not stop the page for seconds', async () => {
  await pg.query(`INSERT INTO folders SELECT ('0190f200-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, company_id, workspace_id, id, 'many', '', 'a0', now(), now(), 1, NULL, NULL
    FROM folders, generate_series(1, 6000) n WHERE id = '${folderId(4)}'`)
  await lay(overlay, edit('folder.delete', { ids: [folderId(4)], deletion_id: key(904) }))
  expect(await query(`SELECT count(*)::int AS n FROM overlay.changes`)).toEqual([{ n: 1 }])
  expect(await query(`SELECT 1 FROM app_read.folders WHERE id = '${folderId(4)}'`)).toEqual([])
})
