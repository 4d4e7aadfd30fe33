import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { folderCreate, folderDelete, folderRename, folderRestore } from '#shared/mutations/folder'
import { groupCreate } from '#shared/mutations/group'
import type { Mutation, MutationInput, Was } from '#shared/mutations/mutation'
import { answerBody } from '#shared/protocol/answers'
import { restorableOf } from '~/utils/change-words'
import { NotNoted } from '~/utils/journal-access'
import { createMutate, type Mutate, type Saving } from '~/utils/mutate'
import { createUndoStack, type UndoStack } from '~/utils/undo-stack'
import { id } from './support/local-database'
import { MutationsServer } from './support/mutations-server'

const COMPANY = id(10)
const mara = { id: id(1), name: 'Mara', email: 'mara@example.org' }

let server: MutationsServer
let mutate: Mutate
let stack: UndoStack
beforeEach(() => {
  server = new MutationsServer()
  server.stand()
  mutate = createMutate(() => mara)
  stack = createUndoStack(mutate)
})
afterEach(() => vi.restoreAllMocks())

/** An edit as a verb makes it. */
async function edit<Input extends MutationInput>(mutation: Mutation<Input>, input: Input, was: Was = {}, key?: string): Promise<Saving> {
  const saving = mutate(mutation, input, { company: COMPANY, id: key })
  stack.made({ mutation, input, company: COMPANY, about: 'Folder', was }, saving)
  await saving.settled.catch(() => {})
  return saving
}
const rename = (name: string, before: string) => edit(folderRename, { id: id(60), name }, { name: before })
async function pressed(press: () => ReturnType<UndoStack['undo']>): Promise<boolean> {
  const taken = press()
  await Promise.all(taken?.savings.map(({ settled }) => settled) ?? [])
  return taken !== undefined
}
const undo = (key?: string) => pressed(() => stack.undo(key))
const redo = () => pressed(() => stack.redo())
const names = () => server.done.map(({ input }) => input.name)

test('edits are taken back from the last to the first and done again from the first to the last', async () => {
  await rename('b', 'a')
  await rename('c', 'b')
  expect([await undo(), await undo(), await undo()]).toEqual([true, true, false])
  expect([await redo(), await redo(), await redo()]).toEqual([true, true, false])
  expect(await undo()).toBe(true)
  expect(names()).toEqual(['b', 'c', 'b', 'a', 'b', 'c', 'b'])
  // Each is sent with what it is made from, so that a colleague's edit in between is a conflict and not overwritten.
  expect(server.done.slice(2).map(({ base }) => base)).toEqual(['c', 'b', 'a', 'b', 'c'].map(name => ({ name })))
})

test('a name that is taken back is listed as that of what it was called, and not as “a” to “a”', async () => {
  const abouts: (string | undefined)[] = []
  const noting = createUndoStack((mutation, input, options) => {
    abouts.push(options?.about)
    return mutate(mutation, input, options)
  })
  noting.made({ mutation: folderRename, input: { id: id(60), name: 'b' }, company: COMPANY, about: 'a', was: { name: 'a' } }, mutate(folderRename, { id: id(60), name: 'b' }, { company: COMPANY }))
  await pressed(() => noting.undo())
  await pressed(() => noting.redo())
  expect(abouts).toEqual(['b', 'a'])
})

test('after another edit nothing is done again over it', async () => {
  await rename('b', 'a')
  await undo()
  await rename('d', 'a')
  expect(await redo()).toBe(false)
})

test('a deletion is taken back by its own key, from its toast too, and is not taken back twice', async () => {
  const key = id(70)
  const saving = await edit(folderDelete, { ids: [id(60)], deletion_id: key }, {}, key)
  await rename('b', 'a')
  expect(await undo(saving.id)).toBe(true)
  expect(server.done.at(-1)).toMatchObject({ name: 'folder.restore', input: { deletion_id: key }, company: COMPANY })
  expect(await undo(saving.id)).toBe(false)
  await redo()
  const again = server.done.at(-1)
  expect(again).toMatchObject({ name: 'folder.delete', input: { ids: [id(60)] } })
  // The key of a deletion names it, and the first one has been reversed.
  expect(again?.input.deletion_id).toBe(again?.id)
  expect(again?.id).not.toBe(key)
})

test('an edit that the server decided against is not taken back: it never happened', async () => {
  await rename('b', 'a')
  server.refuses['folder.create'] = { id: '', status: 'refused', ...answerBody('parent_deleted') }
  await edit(folderCreate, { id: id(61), workspace_id: id(50), parent_id: id(60), name: 'new' })
  expect(await undo()).toBe(true)
  expect(server.done.at(-1)).toMatchObject({ name: 'folder.rename', input: { name: 'a' } })
})

test('what cannot be taken back stands in nobody’s way', async () => {
  await rename('b', 'a')
  await edit(groupCreate, { id: id(30), name: 'Group' })
  expect(await undo()).toBe(true)
  expect(names().at(-1)).toBe('a')
})

test('no more than a hundred edits are remembered', async () => {
  for (let n = 0; n < 103; n++) await rename(`${n + 1}`, `${n}`)
  let count = 0
  while (await undo()) count++
  expect(count).toBe(100)
  expect(names().at(-1)).toBe('3')
})

test('a deletion of another page, or of before a reload, is restored once and from the list no more', async () => {
  const key = id(70)
  const entry = { mutation: { id: key, name: 'folder.delete', version: 1, company: COMPANY, input: { ids: [id(60)], deletion_id: key } }, state: 'done' as const }
  expect(restorableOf([entry])).toEqual(new Set([key]))
  const { input } = entry.mutation
  expect(await pressed(() => stack.takeBack(key, { mutation: folderDelete, input, company: COMPANY, was: {} }))).toBe(true)
  const [restore] = server.done
  expect(restore).toMatchObject({ name: 'folder.restore', input: { deletion_id: key } })
  const restored = { mutation: { ...entry.mutation, ...restore }, state: 'waiting' as const }
  expect(restorableOf([entry, restored])).toEqual(new Set())
  // One that the server turned down has restored nothing.
  expect(restorableOf([entry, { ...restored, state: 'conflict' }])).toEqual(new Set([key]))
  await redo()
  expect(server.done.at(-1)).toMatchObject({ name: 'folder.delete', input: { ids: [id(60)] } })
})

test('what was restored from the trash is not restored again by the key, which takes the restoring back', async () => {
  const key = id(70)
  await edit(folderDelete, { ids: [id(60)], deletion_id: key }, {}, key)
  await edit(folderRestore, { deletion_id: key })
  expect(await undo()).toBe(true)
  expect(server.done.map(({ name }) => name)).toEqual(['folder.delete', 'folder.restore', 'folder.delete'])
  expect(server.done.at(-1)?.input.ids).toEqual([id(60)])
  expect(await undo()).toBe(false)
})

test('taking back for which there is no room on the device can be asked for again', async () => {
  await rename('b', 'a')
  const full = createUndoStack((mutation, input, options) => isFull ? unnoted() : mutate(mutation, input, options))
  let isFull = true
  function unnoted(): Saving {
    const saved = Promise.reject(new NotNoted('storage_full'))
    saved.catch(() => {})
    return { id: id(80), saved, settled: saved }
  }
  full.made({ mutation: folderRename, input: { id: id(60), name: 'b' }, company: COMPANY, was: { name: 'a' } }, mutate(folderRename, { id: id(60), name: 'b' }, { company: COMPANY }))
  await expect(Promise.all(full.undo()?.savings.map(({ saved }) => saved) ?? [])).rejects.toThrow('no room')
  expect(full.redo()).toBeUndefined()
  isFull = false
  expect(await pressed(() => full.undo())).toBe(true)
  expect(names().at(-1)).toBe('a')
})
