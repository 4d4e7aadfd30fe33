import type { Page } from 'playwright-core'

/** What the app gives a page under `$journal`, as far as tests use it. */
export interface PageJournal {
  readonly entries: { readonly value: readonly { state: string, mutation: { id: string } }[] }
  readonly add: (edit: object) => Promise<void>
  readonly discard: (ids: string[]) => Promise<void>
}
export interface JournalRoot extends Element { __vue_app__?: { $nuxt?: { $journal?: PageJournal } } }

/** An edit as a verb of a page hands it to the journal. */
export interface GivenEdit {
  name: string
  company: string
  input: object
  base?: object
  about?: string
}

/** Resolves when edits can be noted through a page. */
export async function journalIsHere(page: Page): Promise<void> {
  await page.waitForFunction(() => (document.querySelector('#__nuxt') as JournalRoot | null)?.__vue_app__?.$nuxt?.$journal)
}

/** Has a page make edits, each as soon as the one before is saved. Out: their keys, in order. */
export async function makeEdits(page: Page, edits: readonly GivenEdit[]): Promise<string[]> {
  await journalIsHere(page)
  return page.evaluate(async (given) => {
    const journal = (document.querySelector('#__nuxt') as JournalRoot | null)?.__vue_app__?.$nuxt?.$journal
    const ids: string[] = []
    for (const { about = '', ...mutation } of given) {
      const id = crypto.randomUUID()
      await journal?.add({ mutation: { id, version: 1, ...mutation }, about, at: Date.now() })
      ids.push(id)
    }
    return ids
  }, edits)
}

/** As much of an entry as tests look at. */
export interface StoredEntry { state: string, mutation: { id: string, input: { name?: unknown } }, answer?: { code: string } }

/** The journal's entries on this device, straight from its store. */
export const journalEntries = (page: Page) => page.evaluate(async () => {
  const name = (await indexedDB.databases()).find(({ name: found }) => found?.endsWith('-journal'))?.name
  if (!name) return []
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name)
    request.onsuccess = () => resolve(request.result)
    // It is being made anew: an empty one in its place would be in the way.
    request.onupgradeneeded = () => request.transaction?.abort()
    request.onerror = () => reject(request.error ?? new Error('no journal'))
  })
  const entries = await new Promise<StoredEntry[]>((resolve) => {
    const request = database.transaction('entries').objectStore('entries').getAll() as IDBRequest<StoredEntry[]>
    request.onsuccess = () => resolve(request.result)
  })
  database.close()
  return entries
})

/** How many entries of each state the journal of this device holds. */
export async function journalStates(page: Page): Promise<Record<string, number>> {
  return (await journalEntries(page)).reduce<Record<string, number>>((sum, { state }) => ({ ...sum, [state]: (sum[state] ?? 0) + 1 }), {})
}

/** Takes all that was decided against out of the journal, as the list of changes does. Out: how many there were. */
export const discardAll = (page: Page) => page.evaluate(async () => {
  const journal = (document.querySelector('#__nuxt') as JournalRoot | null)?.__vue_app__?.$nuxt?.$journal
  const ids = journal?.entries.value.filter(({ state }) => state === 'conflict' || state === 'refused').map(({ mutation }) => mutation.id) ?? []
  if (ids.length > 0) await journal?.discard(ids)
  return ids.length
})
