import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { companySettings } from '../../../shared/mutations/company'
import { folderCreate, folderDescribe, folderMove, folderRename } from '../../../shared/mutations/folder'
import { groupAddPeople, groupRemovePeople } from '../../../shared/mutations/group'
import { leadAssign, leadSetNotes, leadSetStatus, leadSetTags } from '../../../shared/mutations/lead'
import { personPreferences, personProfile } from '../../../shared/mutations/person'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { applied, entry, mutate, newId, send } from '../support/mutations'
import { admin, makeCompany, makePerson, type Person } from '../support/people'
import { foldersBy, makeFolder, makeGroup, makeWorkspace } from '../support/places'

let sql: pg.Pool
let app: App
let person: Person
let browser: Browser
let company: string
let workspace: string
let folder: string

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  person = await makePerson(sql, 'typist')
  company = await makeCompany(sql, person)
  workspace = await makeWorkspace(sql, company)
  folder = await makeFolder(sql, company, workspace)
  browser = await Browser.signedIn(app, person)
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

const NAMES: [string, string, string?][] = [
  ['spaces inside', 'two  words'],
  ['spaces around', '\t kept in the middle \n', 'kept in the middle'],
  ['quotes and a statement', `'; drop table folders; --" \\`],
  ['signs of a pattern', '100 %_of_it'],
  ['other scripts', 'Ärzte 東京 Ελλάδα العربية 👩‍👩‍👧'],
  ['markup', '<img src=x onerror=alert(1)>'],
  ['a placeholder', '$1 ${id} {{ id }}'],
  ['a path', '../../etc/passwd'],
  ['255 characters that JavaScript counts twice', '𝒳'.repeat(255)],
  ['a name that objects have', '__proto__'],
]
describe('a name is kept as it is written', () => {
  test.each(NAMES)('%s', async (_, name, kept = name) => {
    const id = newId()
    await applied(browser, folderCreate, { id, workspace_id: workspace, parent_id: null, name }, { company })
    expect((await foldersBy(sql, [id])).get(id)?.name).toBe(kept)
    await applied(browser, folderRename, { id: folder, name }, { company })
    expect((await foldersBy(sql, [folder])).get(folder)?.name).toBe(kept)
  })

  test('two folders of one place may have one name', async () => {
    for (const id of [newId(), newId()]) await applied(browser, folderCreate, { id, workspace_id: workspace, parent_id: null, name: 'Twin' }, { company })
  })
})

const REFUSED: [string, () => [Parameters<typeof mutate>[1], object, boolean?], string][] = [
  ['no name', () => [folderRename, { id: folder, name: '' }], 'name'],
  ['a name of spaces', () => [folderRename, { id: folder, name: ' \t\n ' }], 'name'],
  ['a name of 256 characters', () => [folderRename, { id: folder, name: 'x'.repeat(256) }], 'name'],
  ['a NUL', () => [folderRename, { id: folder, name: 'a\0b' }], 'name'],
  ['half a character', () => [folderRename, { id: folder, name: 'a\uD800b' }], 'name'],
  ['a name that is no text', () => [folderRename, { id: folder, name: { toString: 'x' } }], 'name'],
  ['a text without end', () => [folderDescribe, { id: folder, description: 'x'.repeat(10_001) }], 'description'],
  ['a key that is none', () => [folderRename, { id: `${folder}'--`, name: 'x' }], 'id'],
  ['a field of the row that no mutation names', () => [folderRename, { id: folder, name: 'x', company_id: newId() }], 'body'],
  ['501 folders at once', () => [folderMove, { ids: Array.from({ length: 501 }, newId), workspace_id: workspace, parent_id: null }], 'ids'],
  ['no folder at all', () => [folderMove, { ids: [], workspace_id: workspace, parent_id: null }], 'ids'],
  ['a place that is none', () => [folderMove, { ids: [folder], workspace_id: workspace, parent_id: null, position: 'a\'--' }], 'position'],
  ['a picture that runs', () => [personProfile, { name: 'Typist', avatar_url: 'javascript:alert(1)' }, true], 'avatar_url'],
  ['a status that there is not', () => [leadSetStatus, { id: folder, status: 'sold' }], 'status'],
  ['an assignee that is no key', () => [leadAssign, { id: folder, assignee_id: '' }], 'assignee_id'],
  ['notes without end', () => [leadSetNotes, { id: folder, notes: 'x'.repeat(10_001) }], 'notes'],
  ['21 tags', () => [leadSetTags, { id: folder, tags: Array.from({ length: 21 }, (_, n) => `tag ${n}`) }], 'tags'],
  ['a tag of spaces', () => [leadSetTags, { id: folder, tags: ['fair', '  '] }], 'tags.1'],
  ['a tag with a NUL', () => [leadSetTags, { id: folder, tags: ['a\0b'] }], 'tags.0'],
  ['tags that are a text', () => [leadSetTags, { id: folder, tags: 'fair' }], 'tags'],
  ['a field of the visitor\'s', () => [leadSetNotes, { id: folder, notes: 'x', email: 'mine@example.com' }], 'body'],
  ['settings with a NUL deep inside', () => [companySettings, { settings: { a: [{ b: 'x\0' }] } }], 'settings'],
  ['settings nested without end', () => [companySettings, { settings: { a: JSON.parse('['.repeat(500) + ']'.repeat(500)) as unknown } }], 'settings'],
  ['preferences that outgrow their row', () => [personPreferences, { preferences: { a: 'x'.repeat(70_000) } }, true], 'preferences'],
]
describe('an input that is not valid is refused at its field, and nothing else of the batch', () => {
  test.each(REFUSED)('%s', async (_, given, field) => {
    const [mutation, input, self] = given()
    const good = entry(folderDescribe, { id: folder, description: newId() }, { company })
    const [result, next] = await send(browser, [entry(mutation, input, self ? {} : { company }), good])
    expect(result).toMatchObject({ status: 'refused', code: 'invalid_input', fields: { [field]: expect.any(String) } })
    expect(next).toMatchObject({ status: 'applied' })
  })
})

test('a company where there is none to name, and none where there is, are refused', async () => {
  expect(await mutate(browser, personPreferences, { preferences: {} }, { company })).toMatchObject({ code: 'invalid_input', fields: { company: expect.any(String) } })
  expect(await mutate(browser, folderRename, { id: folder, name: 'x' })).toMatchObject({ code: 'invalid_input', fields: { company: expect.any(String) } })
})

test('a mutation, or a version of one, that the server does not know is refused and can be asked again of a newer one', async () => {
  const unknown = { ...entry(folderRename, { id: folder, name: 'x' }, { company }), name: 'folder.explode' }
  expect(await send(browser, [unknown])).toMatchObject([{ status: 'refused', code: 'unknown_mutation' }])
  const newer = entry(folderRename, { id: folder, name: 'From the future' }, { company, version: 2 })
  expect(await send(browser, [newer])).toMatchObject([{ status: 'refused', code: 'unknown_mutation' }])
  expect(await send(browser, [{ ...newer, version: 1 }])).toMatchObject([{ status: 'applied' }])
})

describe('a request that is not one of mutations does nothing', () => {
  const good = () => entry(folderRename, { id: folder, name: 'Not done' }, { company })
  test.each([
    ['no list', () => ({})],
    ['an empty list', () => ({ mutations: [] })],
    ['101 of them', () => ({ mutations: Array.from({ length: 101 }, good) })],
    ['one without a key', () => ({ mutations: [good(), { ...good(), id: undefined }] })],
    ['a key that is none', () => ({ mutations: [{ ...good(), id: '1; drop table folders' }] })],
    ['a company that is no key', () => ({ mutations: [{ ...good(), company: '*' }] })],
    ['a base that cannot be stored', () => ({ mutations: [{ ...good(), base: { name: '\0' } }] })],
    ['a field that nobody knows', () => ({ mutations: [{ ...good(), user_id: newId() }] })],
  ])('%s', async (_, body) => {
    expect(await browser.post('/api/mutations', body())).toMatchObject({ status: 400, json: { code: 'invalid_input' } })
    expect((await foldersBy(sql, [folder])).get(folder)?.name).not.toBe('Not done')
  })

  test('a body beyond the limit is told so', async () => {
    const batch = Array.from({ length: 100 }, () => entry(folderDescribe, { id: folder, description: 'x'.repeat(9_000) }, { company }))
    expect(await browser.post('/api/mutations', { mutations: batch })).toMatchObject({ status: 413, json: { code: 'too_large' } })
  })

  test.each([
    ['another person\'s database', () => ({ 'x-database-user': newId() }), 412, 'wrong_user'],
    ['no database', () => ({ 'x-database-user': '' }), 400, 'invalid_input'],
    ['another site', () => ({ origin: 'https://elsewhere.example' }), 403, 'foreign_origin'],
    ['a form', () => ({ 'content-type': 'text/plain' }), 415, 'unsupported_media_type'],
  ])('from %s', async (_, headers, status, code) => {
    expect(await browser.post('/api/mutations', { mutations: [good()] }, { headers: headers() })).toMatchObject({ status, json: { code } })
    expect((await foldersBy(sql, [folder])).get(folder)?.name).not.toBe('Not done')
  })
})

test('colleagues see a new name at once, and people join and leave groups any number of times', async () => {
  await applied(browser, personProfile, { name: 'Typist the Second', avatar_url: 'https://example.com/a.png' })
  const { rows } = await sql.query('select name, avatar_url from company_members where user_id = $1', [person.id])
  expect(rows).toEqual([{ name: 'Typist the Second', avatar_url: 'https://example.com/a.png' }])
  const group = await makeGroup(sql, company)
  const add = () => applied(browser, groupAddPeople, { group_id: group, people: [{ id: newId(), user_id: person.id }, { id: newId(), user_id: person.id }] }, { company })
  const remove = () => applied(browser, groupRemovePeople, { group_id: group, user_ids: [person.id] }, { company })
  expect((await Promise.all([add(), add(), add()])).flatMap(({ rows }) => rows)).toHaveLength(1)
  expect((await remove()).rows).toMatchObject([{ entity: 'user_group_members', row_version: 2 }])
  expect((await remove()).rows).toEqual([])
  await add()
})
