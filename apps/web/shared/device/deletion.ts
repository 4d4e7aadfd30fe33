import { SWEEP_PREFIX } from '../protocol/device'

/**
 * Chromium keeps the databases of a site in one LevelDB, where a deletion is one more record: the bytes go when the files that
 * hold them are merged. A deletion asks for that in its own part of the keys, and in vain where its records lie in memory
 * still, or are written after it was asked for. So others are deleted after it: made at once before, whose keys lie in the file
 * that is written then; and made long before, whose keys lie in the range of the files that hold what was written since.
 */
const FRESH = 2
const OLD = 2

/** The IndexedDB databases whose name is meant. */
export async function listDatabases(isMeant: (name: string) => boolean): Promise<string[]> {
  return (await indexedDB.databases()).flatMap(({ name }) => name !== undefined && isMeant(name) ? [name] : [])
}

/**
 * Deletes IndexedDB databases, bytes and all. Connections that are open elsewhere are asked to close and waited for, or,
 * where `isImpatient`, end this with an error at once; the browser deletes that database when they are closed.
 *
 * @throws the first failure, after every other is deleted
 */
export async function deleteDatabases(names: readonly string[], { isImpatient = false } = {}): Promise<void> {
  if (names.length === 0) return
  const old = await sweeps()
  const fresh = await makeSweeps(FRESH)
  const outcomes = await Promise.allSettled(names.map(name => deleteOne(name, isImpatient)))
  await sweep([...fresh, ...old])
  const failed = outcomes.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

/** Makes those that a later deletion needs. Before what is to be deleted: then nothing of it is written where they have no key. */
export async function prepareDeletions(): Promise<void> {
  await makeSweeps(OLD - (await sweeps()).length)
}

/** Takes the bytes off the disk that a deletion left which was killed. */
export async function finishDeletions(): Promise<void> {
  const found = await sweeps()
  if (found.length > OLD) await sweep(found)
}

const sweeps = () => listDatabases(name => name.startsWith(SWEEP_PREFIX))

/** Whatever fails with these, what was asked for is deleted. */
async function makeSweeps(count: number): Promise<string[]> {
  const names = Array.from({ length: Math.max(0, count) }, () => `${SWEEP_PREFIX}${crypto.randomUUID()}`)
  await Promise.all(names.map(makeEmpty)).catch((error: unknown) => console.warn('IndexedDB cannot be swept:', error))
  return names
}

/** One after the other: each has merged what the one before has written. */
async function sweep(names: readonly string[]): Promise<void> {
  for (const name of names) await deleteOne(name, false).catch((error: unknown) => console.warn('IndexedDB could not be swept:', error))
  await prepareDeletions()
}

function makeEmpty(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore('empty')
    request.onsuccess = () => {
      request.result.close()
      resolve()
    }
    request.onerror = () => reject(request.error ?? new Error('The database could not be made'))
  })
}

function deleteOne(name: string, isImpatient: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error ?? new Error('The database could not be deleted'))
    if (isImpatient) request.onblocked = () => reject(new Error('The database is still open in another tab'))
  })
}
