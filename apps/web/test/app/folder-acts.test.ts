import { useFolderActs, useNuxtApp, useToast, useWorkspaceSync } from '#imports'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FolderActs } from '~/composables/useFolderActs'
import { NotNoted } from '~/utils/journal-access'
import { ServerError } from '~/utils/server-api'
import type { Saving } from '~/utils/mutate'
import { sees, somebodyHere, type Here } from './support/here'
import { id, rows } from './support/local-database'

let here: Here
/** What the verbs were asked, and what they answer next. */
const asked: unknown[][] = []
let answer: () => Promise<void>
const verb = (name: string) => (...args: unknown[]): Saving => {
  asked.push([name, ...args])
  const saved = answer()
  saved.catch(() => {})
  return { id: id(900), saved, settled: saved as Promise<never> }
}

beforeEach(async () => {
  asked.length = 0
  answer = () => Promise.resolve()
  useToast().clear()
  here = await somebodyHere(rows.company(10, 'Ten'), rows.workspace(50, 10, 'Home'), rows.folder(60, 10, 50, null, 'top'))
})
afterEach(() => {
  here.end()
  vi.restoreAllMocks()
})

function acts(): FolderActs {
  return here.use(() => {
    const place = { company: id(10), workspace: id(50), folder: undefined }
    const sync = useWorkspaceSync(id(10), place)
    const verbs = ['renameFolder', 'renameWorkspace', 'deleteFolders', 'deleteWorkspace', 'restore', 'restoreWorkspace', 'createFolder', 'moveFolders', 'describeFolder']
    return useFolderActs({ ...sync, ...Object.fromEntries(verbs.map(name => [name, verb(name)])) }, place)
  }).result
}
const toasts = () => useToast().toasts.value

describe('what a person does with folders', () => {
  test('a deletion can be taken back from its toast, by the deletion\'s own key', async () => {
    const undo = vi.spyOn(useNuxtApp().$undoStack, 'undo')
    acts().act('remove', { id: id(60), name: 'top' }, 'tree')
    await sees(() => expect(toasts()).toHaveLength(1))
    expect(asked).toEqual([['deleteFolders', [id(60)], { about: 'top' }]])
    expect(toasts()[0]?.title).toContain('top')
    const press = [toasts()[0]?.actions?.[0]?.onClick].flat()[0]
    void press?.(new MouseEvent('click'))
    expect(undo).toHaveBeenCalledExactlyOnceWith(id(900))
  })

  test('a deletion that was refused says why and offers nothing to take back', async () => {
    answer = () => Promise.reject(new ServerError({ code: 'role_changed', message: 'Your role in this company no longer allows this.', next: 'Ask an owner.' }))
    acts().act('remove', { id: id(60), name: 'top' }, 'page')
    await sees(() => expect(toasts()[0]?.title).toBe('Your role in this company no longer allows this.'))
    expect(toasts()[0]?.actions).toBeUndefined()
  })

  test('the top of a workspace is the workspace: its name, its deletion, and folders without a parent', async () => {
    const { act, renamed, createIn } = acts()
    act('rename', { id: id(50), name: 'Home' }, 'page')
    renamed(id(50), 'House')
    act('create', { id: id(50), name: 'Home' }, 'page')
    await createIn('first')
    act('remove', { id: id(50), name: 'Home' }, 'page')
    await sees(() => expect(asked.map(([name]) => name)).toEqual(['renameWorkspace', 'createFolder', 'deleteWorkspace']))
    expect(asked[0]).toEqual(['renameWorkspace', id(50), 'House', { before: 'Home' }])
    expect(asked[1]).toEqual(['createFolder', { workspaceId: id(50), parentId: null, name: 'first' }])
  })

  test('a name that cannot be saved is there to be saved again, not lost', async () => {
    answer = () => Promise.reject(new NotNoted('storage_full'))
    const { act, renamed, renaming } = acts()
    act('rename', { id: id(60), name: 'top' }, 'tree')
    renamed(id(60), 'a long name')
    await sees(() => expect(renaming.value).toEqual({ id: id(60), name: 'top', spot: 'tree', typed: 'a long name' }))
    expect(toasts()[0]?.title).toContain('no room')
  })

  test('a name that is left as it was is not sent', () => {
    const { act, renamed, renaming } = acts()
    act('rename', { id: id(60), name: 'top' }, 'tree')
    expect(renaming.value).toMatchObject({ id: id(60), spot: 'tree' })
    renamed(id(60), undefined)
    expect(renaming.value).toBeUndefined()
    expect(asked).toEqual([])
  })
})
