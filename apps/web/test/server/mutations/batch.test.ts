import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { memberChangeRole } from '../../../shared/mutations/company'
import { folderMove } from '../../../shared/mutations/folder'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { FolderEdits, txidsOf } from '../support/folder-edits'
import { entry, newId, send } from '../support/mutations'
import { admin, join, makePerson } from '../support/people'

let sql: pg.Pool
let app: App
let edits: FolderEdits
let browser: Browser

beforeAll(async () => {
  app = await App.start()
  sql = admin()
})
beforeEach(async () => {
  edits = await FolderEdits.make(sql)
  browser = await Browser.signedIn(app, edits.person)
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

test('edits of a batch are decided in one transaction, names and descriptions by turns too', async () => {
  const ids = await edits.folders(10)
  const results = await send(browser, ids.flatMap((id, n) => [edits.rename(id, `After ${n}`), edits.describe(id, 'Said'), edits.create(`New ${n}`)]))
  expect(results.map(({ status }) => status)).toEqual(results.map(() => 'applied'))
  expect(new Set(txidsOf(results)).size).toBe(1)
  expect(await edits.states(ids)).toEqual(ids.map((id, n) => expect.objectContaining({ id, name: `After ${n}`, row_version: 3 })))
})

test('edits in the middle of a batch that are refused take none of the others with them, and stay refused when their reasons are gone', async () => {
  const [same = '', changed = '', gone = '', other = ''] = await edits.folders(4)
  await sql.query(`update folders set deleted_at = now(), deletion_id = $2 where id = $1`, [gone, newId()])
  const batch = [
    edits.rename(same, 'Mine', { name: 'Before 0' }), edits.rename(changed, 'Mine', { name: 'Another' }), edits.create('Nowhere', { parent_id: newId() }), edits.rename(gone, 'Late'),
    edits.create('Taken', { id: other }), edits.rename(newId(), 'Nobody'), edits.create('Made'), edits.rename(other, 'Mine too'),
  ]
  const results = await send(browser, batch)
  expect(results).toMatchObject([
    { status: 'applied' }, { code: 'conflict', theirs: { name: 'Before 1' } }, { code: 'not_found', fields: { parent_id: expect.any(String) } }, { code: 'deleted', deletion_id: expect.any(String) },
    { code: 'invalid_input', fields: { id: expect.any(String) } }, { code: 'not_found' }, { status: 'applied' }, { status: 'applied' },
  ])
  expect(new Set(txidsOf(results)).size).toBe(1)
  await sql.query(`update folders set deleted_at = null, deletion_id = null, name = 'Another' where id = any($1)`, [[changed, gone]])
  expect(await send(browser, batch)).toEqual(results)
  expect((await edits.states([same, changed, gone, other])).map(folder => folder?.name)).toEqual(['Mine', 'Another', 'Another', 'Mine too'])
})

test('one key twice in a batch is done once and answered twice; with another content it is refused', async () => {
  const [folder = ''] = await edits.folders(1)
  const [once, other] = [edits.rename(folder, 'Once'), edits.create('Other')]
  const results = await send(browser, [once, other, { ...once }, edits.rename(folder, 'Since then'), { ...other, input: { ...other.input, name: 'Not this' } }])
  expect(results).toMatchObject([{ status: 'applied' }, { status: 'applied' }, { status: 'applied' }, { status: 'applied' }, { status: 'refused', code: 'invalid_input', fields: { id: expect.any(String) } }])
  expect(results[2]).toEqual(results[0])
  expect(await edits.states([folder])).toMatchObject([{ name: 'Since then', row_version: 3 }])
})

test('batches with the same edits in opposite orders at once do each once, and answer the same', async () => {
  for (let round = 0; round < 5; round++) {
    const ids = await edits.folders(20)
    const batch = ids.flatMap((id, n) => [edits.rename(id, `Round ${round}`), edits.create(`Made ${n}`)])
    const answers = await Promise.all([batch, batch.toReversed(), batch.slice(10), batch.slice(0, 30).toReversed()].map(part => send(browser, part)))
    const byKey = new Map(answers[0]?.map(result => [result.id, result]))
    for (const result of answers.flat()) expect(result).toEqual(byKey.get(result.id))
    for (const result of byKey.values()) expect(result.status).toBe('applied')
    expect((await edits.states(ids)).map(folder => folder?.row_version)).toEqual(ids.map(() => 2))
  }
})

test('whose role is lowered in the middle of a batch is refused the rest of it', async () => {
  await join(sql, edits.company, await makePerson(sql, 'second'), 'owner')
  const ids = await edits.folders(4)
  const batch = [...ids.slice(0, 2).map(id => edits.rename(id, 'As an owner')), entry(memberChangeRole, { user_id: edits.person.id, role: 'guest' }, { company: edits.company }), ...ids.slice(2).map(id => edits.rename(id, 'As a guest'))]
  const refusal = { status: 'refused', code: 'role_changed', company: edits.company }
  expect(await send(browser, batch)).toMatchObject([{ status: 'applied' }, { status: 'applied' }, { status: 'applied' }, refusal, refusal])
  expect((await edits.states(ids)).map(folder => folder?.name)).toEqual(['As an owner', 'As an owner', 'Before 2', 'Before 3'])
})

test('edits that hang on each other keep their order in a batch, whatever lies between them', async () => {
  const [top, inner] = [newId(), newId()]
  const [elsewhere = ''] = await edits.folders(1)
  const results = await send(browser, [
    edits.rename(elsewhere, 'First'), edits.rename(inner, 'Too early'), edits.create('Top', { id: top }), edits.create('Inner', { id: inner, parent_id: top }), edits.rename(inner, 'Renamed', { name: 'Inner' }),
    edits.rename(elsewhere, 'Second', { name: 'First' }), edits.describe(inner, 'Said'), edits.rename(inner, 'Again', { name: 'Renamed' }), entry(folderMove, { ids: [inner], workspace_id: edits.workspace, parent_id: null }, { company: edits.company }),
    edits.create('Under what moved', { parent_id: inner }),
  ])
  expect(results.map(result => result.status === 'refused' ? result.code : result.status)).toEqual(['applied', 'not_found', ...Array.from({ length: 8 }, () => 'applied')])
  expect(await edits.states([elsewhere, inner])).toMatchObject([{ name: 'Second' }, { name: 'Again', parent_id: null }])
})

test('a folder that two edits of a batch make is made once', async () => {
  const id = newId()
  expect(await send(browser, [edits.create('First', { id }), edits.create('Second', { id })])).toMatchObject([{ status: 'applied' }, { code: 'invalid_input', fields: { id: expect.any(String) } }])
  expect(await edits.states([id])).toMatchObject([{ name: 'First' }])
})
