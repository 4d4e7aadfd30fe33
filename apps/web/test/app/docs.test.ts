import { readdirSync } from 'node:fs'
import { useLiveRows, useNuxtApp } from '#imports'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { reads } from '#shared/reads/index'
import { answerBody } from '#shared/protocol/answers'
import { useCarefulRename } from './docs/careful-rename'
import { useFolderNames } from './docs/folder-list'
import { countFolders } from './docs/open-database'
import { longNamesRead, useLongNames } from './docs/own-read'
import { useSyncLine } from './docs/sync-state'
import { useFolderBin } from './docs/undo-delete'
import { sees, somebodyHere, type Here } from './support/here'
import { TestLeader } from './support/leader'
import { id, ME, rows } from './support/local-database'
import { MutationsServer } from './support/mutations-server'

// What docs/01-epics/00-foundation/006-electric-sql-api.md shows, as a page would run it.
let here: Here
let server: MutationsServer
beforeEach(async () => {
  here = await somebodyHere()
  const asked = vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(new Response(JSON.stringify({ user: { id: ME, name: 'Mara Member', email: 'mara@example.org' } }))))
  await useNuxtApp().$account.signIn('mara@example.org', 'x')
  asked.mockRestore()
  server = new MutationsServer()
  server.stand()
})
afterEach(() => {
  here.end()
  vi.restoreAllMocks()
})
const [company, workspace] = [() => id(10), () => id(50)]

test('the list of folders tells empty from not yet here, and follows', async () => {
  const { result } = here.use(() => useFolderNames(company, workspace))
  expect(result.value).toBe('Loading')
  await sees(() => expect(result.value).toBe('No folders yet'))
  await here.leader.apply(rows.company(10, 'Ten'), rows.workspace(50, 10, 'Home'), rows.folder(60, 10, 50, null, 'a'), rows.folder(61, 10, 50, null, 'b'))
  await sees(() => expect(result.value).toBe('a, b'))
})

test('what was deleted is taken back by the key of its deletion', async () => {
  const { result: deleteThese } = here.use(() => useFolderBin(company))
  const undo = await deleteThese([id(60), id(61)])
  await undo()
  const [deleted, restored] = server.done
  expect([deleted?.name, deleted?.input.ids, restored?.name]).toEqual(['folder.delete', [id(60), id(61)], 'folder.restore'])
  expect(restored?.input.deletion_id).toBe(deleted?.input.deletion_id)
})

test('a rename says what the person saw, and a conflict is told in words', async () => {
  const { result: rename } = here.use(() => useCarefulRename(company))
  expect(await rename({ id: id(60), name: 'Old' }, 'New')).toBeUndefined()
  expect(server.done).toMatchObject([{ name: 'folder.rename', input: { id: id(60), name: 'New' }, base: { name: 'Old' } }])
  const conflict = answerBody('conflict')
  server.refuses['folder.rename'] = { id: '', status: 'refused', ...conflict }
  expect(await rename({ id: id(60), name: 'Old' }, 'Newer')).toBe(`${conflict.message} ${conflict.next}`)
})

test('the line about the sync says how far it is', async () => {
  const { result: { line } } = here.use(useSyncLine)
  await here.leader.apply(rows.shape('memberships', 'live'), rows.shape('folders', 'syncing', { company: 10, count: 300, estimate: 1_000 }))
  await sees(() => expect(line.value).toMatch(/: 300 of about 1000$/))
  await here.leader.apply(rows.company(10, 'Ten'), rows.shape('folders', 'live', { company: 10 }))
  await sees(() => expect(line.value).toBe('live, 1 companies'))
})

test('a read of one\'s own gives rows of its type, checks its parameters, and asks for nothing without them', async () => {
  Object.assign(reads, { [longNamesRead.name]: longNamesRead })
  await here.leader.apply(rows.company(10, 'Ten'), rows.workspace(50, 10, 'Home'), rows.folder(60, 10, 50, null, 'short'), rows.folder(61, 10, 50, null, 'x'.repeat(41)))
  const { result } = here.use(() => useLongNames(workspace))
  await sees(() => expect(result.rows.value.map(row => row.id)).toEqual([id(61)]))
  expect(here.use(() => useLongNames(() => undefined)).result.loaded.value).toBe(false)
  expect(() => here.use(() => useLiveRows(longNamesRead, { workspace: 'no key', letters: 1 }))).toThrow()
})

test('a tool opens the database, asks and goes', async () => {
  await here.leader.apply(rows.folder(60, 10, 50, null, 'a'), rows.folder(61, 10, 50, null, 'b'))
  const options = { userId: ME, databaseName: `tool-${crypto.randomUUID()}`, startWorker: (database: string) => {
    const leader = new TestLeader(database, here.pg)
    return () => leader.die()
  } }
  expect(await countFolders(options)).toBe(2)
})

test('every example is run here', () => {
  expect(readdirSync(`${import.meta.dirname}/docs`).toSorted()).toEqual(['careful-rename.ts', 'folder-list.ts', 'open-database.ts', 'own-read.ts', 'sync-state.ts', 'undo-delete.ts'])
})
