/**
 * Instruments inside of a page, compiled by themselves and put in before the page's own scripts. Moments are
 * milliseconds since 1970 with fractions, so that a moment here can be compared with one of the measuring process.
 */
export interface LocalRead { name: string, params: string[], input: { parse: (value: unknown) => unknown } }

interface Listener { rows: (rows: object[]) => void, failed: (error: Error) => void }

/** What the app gives a page under `$pglite`, as far as it is measured. */
interface LocalDatabase {
  query: (sql: string, params: unknown[]) => Promise<object[]>
  read: (read: LocalRead, params: object) => Promise<object[]>
  subscribe: (read: LocalRead, params: object, listener: Listener) => () => void
  readonly status: { readonly value: string }
  /** Whether the page shows what its last visit knew. */
  readonly recalling: { readonly value: boolean }
}
interface NuxtRoot extends Element { __vue_app__?: { $nuxt?: { $pglite?: LocalDatabase } } }
interface StatusRow { shape: string, company_id: string | null, complete: boolean }

/** A call of a named read by its name and parameters. */
export interface Call { name: string, params: Record<string, unknown> }

export const now = () => performance.timeOrigin + performance.now()
const frame = () => new Promise<void>(resolve => requestAnimationFrame(() => resolve()))

/** The moment at which what is in the document now has been on the screen. */
export async function painted(): Promise<number> {
  await frame()
  // After the frame that shows it.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => resolve(now())
    port2.postMessage(undefined)
  })
}

/** What is not there by then will not come: an error, not a bench that hangs. */
const SEEN_MS = 60_000

/** The moment at which something that the selector names, with the text in it where one is given, was painted. */
export function seen(selector: string, text = ''): Promise<number> {
  const there = () => [...document.querySelectorAll(selector)].some(element => element.textContent?.includes(text))
  if (there()) return painted()
  return new Promise((resolve, reject) => {
    const observer = new MutationObserver(() => {
      if (!there()) return
      observer.disconnect()
      clearTimeout(late)
      void painted().then(resolve)
    })
    const late = setTimeout(() => reject(new Error(`${selector} ${text} was not painted within ${SEEN_MS} ms`)), SEEN_MS)
    // The document itself: at this time there may be no element in it yet.
    observer.observe(document, { childList: true, subtree: true, characterData: true })
  })
}

const readOf = ({ name, params }: Call): LocalRead => ({ name, params: Object.keys(params), input: { parse: value => value } })

/** The page's local database, as soon as somebody is here. */
async function database(): Promise<LocalDatabase> {
  for (;;) {
    const root: NuxtRoot | null = document.querySelector('#__nuxt')
    const found = root?.__vue_app__?.$nuxt?.$pglite
    if (found) {
      const open = await found.query('SELECT 1 AS one', []).then(() => true, () => false)
      if (open) return found
    }
    await frame()
  }
}

/** The moment at which a company's folders are complete in the local copy. */
export async function complete(company: string): Promise<number> {
  const pglite = await database()
  return new Promise((resolve, reject) => {
    pglite.subscribe(readOf({ name: 'sync-status', params: {} }), {}, {
      rows: (rows) => {
        if ((rows as StatusRow[]).some(row => row.shape === 'folders' && row.company_id === company && row.complete)) resolve(now())
      },
      failed: reject,
    })
  })
}

/** Milliseconds of each call of a read, one after another. */
export async function timeReads(calls: Call[]): Promise<number[]> {
  const pglite = await database()
  const times: number[] = []
  for (const call of calls) {
    const began = performance.now()
    await pglite.read(readOf(call), call.params)
    times.push(performance.now() - began)
  }
  return times
}

/** How many rows each call answers with. */
export async function countRows(calls: Call[]): Promise<number[]> {
  const pglite = await database()
  return Promise.all(calls.map(async call => (await pglite.read(readOf(call), call.params)).length))
}

/** Waits until everything that is wanted is here, so that a first sync has nothing left to do. */
export async function allComplete(): Promise<void> {
  const pglite = await database()
  await new Promise<void>((resolve, reject) => {
    pglite.subscribe(readOf({ name: 'sync-status', params: {} }), {}, {
      rows: (rows) => { if (rows.length > 0 && (rows as StatusRow[]).every(row => row.complete)) resolve() },
      failed: reject,
    })
  })
}

/**
 * Asks one call of the list every so many milliseconds, whether or not those before are answered, until the end is there;
 * milliseconds of each.
 */
async function askUntil(calls: Call[], every: number, end: Promise<unknown>): Promise<number[]> {
  const pglite = await database()
  const [times, asked]: [number[], Promise<void>[]] = [[], []]
  const timer = setInterval(() => {
    const call = calls[asked.length % calls.length]
    if (!call) return
    const began = performance.now()
    asked.push(pglite.read(readOf(call), call.params).then(() => void times.push(performance.now() - began)))
  }, every)
  await end.finally(() => clearInterval(timer))
  await Promise.all(asked)
  return times
}

/** Milliseconds of each call while the names are taken up for search. */
export const askWhileSearchFills = (calls: Call[], every: number) => askUntil(calls, every, searchIsFull())

/** Milliseconds of each call for so long. */
export const askFor = (calls: Call[], every: number, ms: number) => askUntil(calls, every, new Promise(resolve => setTimeout(resolve, ms)))

/** The moment at which something that the selector names is on the screen and the local database has said so. */
export async function answeredLocally(selector: string): Promise<number> {
  const here = () => document.querySelector<NuxtRoot>('#__nuxt')?.__vue_app__?.$nuxt?.$pglite
  while (here()?.status.value !== 'ready' || here()?.recalling.value || !document.querySelector(selector)) await new Promise(resolve => setTimeout(resolve, 2))
  return painted()
}

/** Waits until the answers of a read lie on the device for the next visit. */
export async function answerKept(read: string): Promise<void> {
  for (;;) {
    for await (const [name, handle] of (await navigator.storage.getDirectory()).entries()) {
      if (!name.endsWith('-answers')) continue
      const file = await (handle as FileSystemDirectoryHandle).getFileHandle('answers.json').catch(() => undefined)
      if (file && (await (await file.getFile()).text()).includes(read)) return
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

const lists: { pushes: number, last: number }[] = []

/** Opens a live list for each call and waits until each has its first rows. */
export async function openLists(calls: Call[]): Promise<void> {
  const pglite = await database()
  await Promise.all(calls.map(call => new Promise<void>((resolve, reject) => {
    const list = { pushes: 0, last: 0 }
    lists.push(list)
    pglite.subscribe(readOf(call), call.params, {
      rows: () => {
        list.pushes++
        list.last = now()
        resolve()
      },
      failed: reject,
    })
  })))
}

/** The moment at which each open list has had new rows since `before` (a result of `pushes`). */
export async function allPushed(before: number[]): Promise<number> {
  while (lists.some((list, i) => list.pushes <= (before[i] ?? 0))) await new Promise(resolve => setTimeout(resolve, 1))
  return Math.max(...lists.map(({ last }) => last))
}

export const pushes = () => lists.map(list => list.pushes)

/** Scrolls the first element of the selector up and down for so many frames; gives the milliseconds of each. */
export async function scroll(selector: string, frames: number, step: number): Promise<number[]> {
  const scroller = document.querySelector(selector)
  if (!scroller) throw new Error(`nothing to scroll: ${selector}`)
  const times: number[] = []
  let [direction, before] = [1, performance.now()]
  for (let n = 0; n < frames; n++) {
    scroller.scrollTop += direction * step
    if (scroller.scrollTop <= 0 || scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight) direction = -direction
    await frame()
    times.push(performance.now() - before)
    before = performance.now()
  }
  return times
}

/** Waits until a live read's row has something in a column that counts as true. */
export async function answers(name: string, params: Call['params'], column: string): Promise<void> {
  const pglite = await database()
  await new Promise<void>((resolve, reject) => {
    pglite.subscribe(readOf({ name, params }), params, {
      rows: ([row]) => { if ((row as Record<string, unknown> | undefined)?.[column]) resolve() },
      failed: reject,
    })
  })
}

/** Waits until every name of the local copy can be found. */
export const searchIsFull = () => answers('search-progress', {}, 'full')

/** Puts a text into the field of the search as a keystroke does; milliseconds until the list that answers it was painted. */
export async function typed(text: string, tier: 'data-answers' | 'data-similar', input = 'input[role="combobox"]', results = '[data-testid="search-results"]'): Promise<number> {
  const field = document.querySelector<HTMLInputElement>(input)
  if (!field) throw new Error('the search is not open')
  const began = now()
  // As a keystroke: the component must not see that its own value was set.
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text)
  field.dispatchEvent(new Event('input', { bubbles: true }))
  const isThere = () => document.querySelector(results)?.getAttribute(tier) === text
  await new Promise<void>((resolve) => {
    if (isThere()) return resolve()
    const observer = new MutationObserver(() => {
      if (!isThere()) return
      observer.disconnect()
      resolve()
    })
    observer.observe(document, { attributes: true, childList: true, subtree: true, attributeFilter: [tier] })
  })
  return await painted() - began
}
