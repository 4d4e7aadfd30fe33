import type pg from 'pg'
import * as z from 'zod/mini'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { folderRename } from '../../../shared/mutations/folder'
import { earlier } from '../../../shared/mutations/mutation'
import type { MutationEntry } from '../../../shared/protocol/mutations'
import { runMutations } from '../../../server/mutations/run'
import { App, standForServer } from '../support/app'
import { newId } from '../support/mutations'
import { admin, leave, makeCompany, makePerson, type Person } from '../support/people'
import { foldersBy, makeFolder, makeWorkspace } from '../support/places'

/** The next release's rename, before which a folder was named by `folder` and its name by `title`. */
const next = {
  ...folderRename, version: 2, earlier: [earlier({
    version: 1, until: '2027-03-31', input: z.object({ folder: z.string(), title: z.string() }),
    raise: ({ input: { folder, title }, base }) => ({ input: { id: folder, name: title }, base: 'title' in base ? { name: base['title'] } : {} }),
  })],
}
const on = (today: string) => ({ today, known: [next] })
const [BEFORE, AFTER] = [on('2027-03-31'), on('2027-04-01')]

let sql: pg.Pool
let person: Person
let company: string
let folder: string

beforeAll(async () => {
  // The tables are the server's to make.
  await (await App.start()).stop()
  standForServer()
  sql = admin()
})
beforeEach(async () => {
  person = await makePerson(sql, 'writer')
  company = await makeCompany(sql, person)
  folder = await makeFolder(sql, company, await makeWorkspace(sql, company))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await sql.end()
})

const edit = (version: number, input: Record<string, unknown>, base?: Record<string, unknown>): MutationEntry => ({ id: newId(), name: next.name, version, company, input, ...base && { base } })
const old = (title: string, base?: Record<string, unknown>) => edit(1, { folder, title }, base)
const today = (title: string) => edit(2, { id: folder, name: title })
const name = async () => (await foldersBy(sql, [folder])).get(folder)?.name

test('an edit of an earlier version is done as today’s, its base too', async () => {
  expect(await runMutations(person.id, [old('Of last year')], BEFORE)).toMatchObject([{ status: 'applied', rows: [{ id: folder }] }])
  expect(await name()).toBe('Of last year')
  expect(await runMutations(person.id, [old('Over it', { title: 'Something else' })], BEFORE)).toMatchObject([{ status: 'refused', code: 'conflict', theirs: { name: 'Of last year' } }])
})

test('one that was done and whose answer was lost is answered so after its day, and not told that it was refused', async () => {
  const done = old('Done in time')
  const [first] = await runMutations(person.id, [done], BEFORE)
  expect(await runMutations(person.id, [done, old('Too late')], AFTER)).toMatchObject([first, { status: 'refused', code: 'mutation_too_old' }])
  expect(await name()).toBe('Done in time')
})

test('one that is refused for its age stays refused, whatever asks again, and holds up no other of its batch', async () => {
  const late = old('Too late')
  expect(await runMutations(person.id, [late, today('In time')], AFTER)).toMatchObject([{ status: 'refused', code: 'mutation_too_old' }, { status: 'applied' }])
  expect(await runMutations(person.id, [late], BEFORE)).toMatchObject([{ status: 'refused', code: 'mutation_too_old' }])
  expect(await name()).toBe('In time')
})

test('the same key with another content is refused in every version, and tells nothing', async () => {
  const mine = old('Mine')
  await runMutations(person.id, [mine], BEFORE)
  for (const other of [{ ...mine, input: { folder, title: 'Another' } }, { ...today('Mine'), id: mine.id }]) {
    expect(await runMutations(person.id, [other], AFTER)).toMatchObject([{ status: 'refused', code: 'invalid_input' }])
  }
})

test('who is no longer in the company is told that, and not the age of their edit', async () => {
  await leave(sql, company, person)
  expect(await runMutations(person.id, [old('Too late')], AFTER)).toMatchObject([{ status: 'refused', code: 'membership_ended' }])
  const stranger = await makePerson(sql, 'stranger')
  expect(await runMutations(stranger.id, [old('Theirs')], AFTER)).toMatchObject([{ status: 'refused', code: 'membership_ended' }])
})
