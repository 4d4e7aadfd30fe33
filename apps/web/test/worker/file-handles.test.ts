import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withFileHandles } from '../../worker/database/file-handles'

/** The browser's file system where it matters here: calls that end when the test says so, and handles that can be held. */
class Call {
  static all: Call[] = []
  readonly promise: Promise<unknown>
  resolve!: (value: unknown) => void
  reject!: (error: unknown) => void
  constructor(readonly name: string) {
    this.promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }))
    Call.all.push(this)
  }
}

class FolderHandle {
  getFileHandle(name: string) { return new Call(`get ${name}`).promise }
  removeEntry(name: string) { return new Call(`remove ${name}`).promise }
}
class FileHandle {
  constructor(readonly name: string) {}
  createSyncAccessHandle() { return new Call(`open ${this.name}`).promise }
}

const missing = (name: string) => new DOMException(`${name} is missing`, 'NotFoundError')
const settled = () => new Promise(resolve => setTimeout(resolve))
const call = (name: string) => Call.all.find(made => made.name === name)
/** As PGlite asks for a file of its pool: an error is dropped, and the file never comes. */
const dropping = (work: () => Promise<unknown>) => new Promise(resolve => void work().then(resolve, () => {}))

let folder: FolderHandle
beforeEach(() => {
  Call.all = []
  vi.stubGlobal('self', globalThis)
  vi.stubGlobal('FileSystemFileHandle', class extends FileHandle {})
  vi.stubGlobal('FileSystemDirectoryHandle', class extends FolderHandle {})
  Object.assign(FileSystemFileHandle.prototype, { createSyncAccessHandle: FileHandle.prototype.createSyncAccessHandle })
  Object.assign(FileSystemDirectoryHandle.prototype, { getFileHandle: FolderHandle.prototype.getFileHandle, removeEntry: FolderHandle.prototype.removeEntry })
  folder = new (FileSystemDirectoryHandle as unknown as typeof FolderHandle)()
})
afterEach(() => { vi.unstubAllGlobals() })

const file = (name: string) => new (FileSystemFileHandle as unknown as typeof FileHandle)(name)

test('an error that is dropped ends the opening, and it is over only when no call is under way', async () => {
  const ended = vi.fn()
  const opening = withFileHandles(() => {}, () => Promise.all(['a', 'b'].map(name => dropping(() => folder.getFileHandle(name)))))
  opening.catch(ended)
  call('get a')?.reject(missing('a'))
  await settled()
  expect(ended).not.toHaveBeenCalled()
  call('get b')?.reject(missing('b'))
  await expect(opening).rejects.toThrow('a is missing')
})

test('what a failed opening still wanted to open is not opened in the next one', async () => {
  const first = withFileHandles(() => {}, async () => {
    void dropping(async () => {
      await folder.getFileHandle('late')
      await file('late').createSyncAccessHandle()
    })
    await folder.getFileHandle('early')
  })
  first.catch(() => {})
  call('get early')?.reject(missing('early'))
  await settled()
  call('get late')?.resolve({})
  await expect(first).rejects.toThrow('early is missing')
  expect(call('open late')).toBeUndefined()

  const second = withFileHandles(() => {}, () => file('late').createSyncAccessHandle())
  const handle = { close: vi.fn() }
  call('open late')?.resolve(handle)
  expect(await second).toBe(handle)
  expect(handle.close).not.toHaveBeenCalled()
})

test('a handle that comes after the opening failed is closed', async () => {
  const opening = withFileHandles(() => {}, () => Promise.all([dropping(() => file('slow').createSyncAccessHandle()), folder.getFileHandle('a')]))
  opening.catch(() => {})
  call('get a')?.reject(missing('a'))
  await settled()
  const handle = { close: vi.fn() }
  call('open slow')?.resolve(handle)
  await expect(opening).rejects.toThrow('a is missing')
  expect(handle.close).toHaveBeenCalledOnce()
})

test('what is deleted beside the database while it opens is none of the opening, also where it is not there', async () => {
  const root = Object.assign(new (FileSystemDirectoryHandle as unknown as typeof FolderHandle)(), { name: '' })
  const opening = withFileHandles(() => {}, () => folder.getFileHandle('a'))
  const deleting = root.removeEntry('answers')
  call('remove answers')?.reject(missing('answers'))
  await expect(deleting).rejects.toThrow('answers is missing')
  call('get a')?.resolve('file a')
  expect(await opening).toBe('file a')
})

test('a file that is held is asked for again, and the file system is as before after it', async () => {
  const before = [FileSystemFileHandle.prototype.createSyncAccessHandle, FileSystemDirectoryHandle.prototype.getFileHandle]
  const onHeld = vi.fn()
  const opening = withFileHandles(onHeld, () => file('held').createSyncAccessHandle())
  call('open held')?.reject(new DOMException('held', 'NoModificationAllowedError'))
  Call.all = []
  await vi.waitUntil(() => call('open held'))
  call('open held')?.resolve({ close() {} })
  await opening
  expect(onHeld).toHaveBeenCalledOnce()
  expect([FileSystemFileHandle.prototype.createSyncAccessHandle, FileSystemDirectoryHandle.prototype.getFileHandle]).toEqual(before)
})
