import * as z from 'zod/mini'
import { answersDirectory, readAnswersText, writeAnswersText } from '#shared/device/answers-file'
import { answersFolder } from '#shared/protocol/leader'
import { rowsOf } from '#shared/protocol/reads'
import type { AnyRead } from '#shared/reads/read'
import { takeAnswers } from './head-start'
import { storedPerson } from './person'

/** What is kept at most: more would take longer to read than it saves, and a list that is longer is not kept at all. */
export const KEPT = { reads: 50, rows: 500, characters: 2_000_000 } as const
/** Written so long after rows came, so that a page that is still filling writes once. */
const WRITE_AFTER_MS = 1_000
const DAY_MS = 86_400_000
/** An answer that stays the same is noted as seen again after so long: its age is what the lease goes by. */
const SEEN_AGAIN_MS = 3_600_000

const entrySchema = z.object({
  key: z.string(),
  /** When the local database last said so, in ms since 1970 by this device's clock. */
  at: z.number(),
  answer: z.object({ rows: z.array(z.record(z.string(), z.unknown())), truncated: z.boolean(), dates: z.array(z.string()) }),
})
const fileSchema = z.object({ version: z.string(), epoch: z.string(), entries: z.array(entrySchema) })
type Entry = z.infer<typeof entrySchema>
type Kept = z.infer<typeof fileSchema>

export interface LastAnswersOptions {
  databaseName: string
  userId: string
  /** Of the app and its local schema: rows of another one may lack what a page reads. */
  version: string
  /** Whether this person may still be shown what is here, and from when on; undefined: nothing. Asked once, before anything is given. */
  lease: () => Promise<{ since: number } | undefined>
}

/**
 * The last answer of each named read of recent pages, for the second in which the database opens. It is data of the
 * person: a folder of its own in OPFS, deleted as a whole by purge and sign-out. Not in IndexedDB, where Chromium leaves
 * the bytes of a deleted database in its files.
 *
 *   reading ──▶ open ── another version, no lease ──▶ open, with nothing in it
 *      │          └─── the folder went, or is another's ──▶ over: not one byte is written again by this page
 *      └─ no such storage ──▶ over
 */
export class LastAnswers {
  readonly #options: LastAnswersOptions
  readonly #entries = new Map<string, Entry>()
  /** Not written yet; without rows: no longer kept. */
  readonly #changed = new Map<string, { at: number, rows?: readonly object[] }>()
  readonly #loaded: Promise<void>
  #isLoaded = false
  #isOpened = false
  /** The folder's own mark; undefined where there is none yet. */
  #epoch: string | undefined
  #over = false
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #onHidden = () => { if (document.visibilityState === 'hidden') void this.#flush() }

  constructor(options: LastAnswersOptions) {
    this.#options = options
    const none = () => { this.#over = true }
    this.#loaded = this.#load().catch(none).finally(() => { this.#isLoaded = true })
    document.addEventListener('visibilitychange', this.#onHidden)
  }

  get userId(): string {
    return this.#options.userId
  }

  /** Gives the rows of the last answer, where there is one: at once, or as soon as they are read. */
  recall(read: AnyRead, values: readonly unknown[], give: (rows: object[]) => void): void {
    const now = () => {
      const entry = this.#over || this.#isOpened ? undefined : this.#entries.get(keyOf(read, values))
      if (entry) give(rowsOf(entry.answer))
    }
    if (this.#isLoaded) now()
    else void this.#loaded.then(now)
  }

  /** The database is open: it answers as fast, and better. */
  opened(): void {
    this.#isOpened = true
  }

  /** Notes what the complete local copy says. */
  keep(read: AnyRead, values: readonly unknown[], rows: readonly object[]): void {
    if (this.#over || read.localOnly) return
    // What was short and is long now must not come back short.
    this.#changed.set(keyOf(read, values), { at: Date.now(), ...(rows.length <= KEPT.rows && { rows }) })
    this.#timer ??= setTimeout(() => void this.#flush(), WRITE_AFTER_MS)
  }

  /** Nothing is given or written any more by this page. */
  close(): void {
    this.#over = true
    clearTimeout(this.#timer)
    this.#changed.clear()
    this.#entries.clear()
    document.removeEventListener('visibilitychange', this.#onHidden)
  }

  get #folder(): string {
    return answersFolder(this.#options.databaseName, this.#options.userId)
  }

  async #load(): Promise<void> {
    const text = takeAnswers(this.#folder) ?? answersDirectory(this.#folder, false).then(readAnswersText)
    const [file, lease] = await Promise.all([text.then(parseKept), this.#options.lease()])
    this.#epoch = file?.epoch
    const now = Date.now()
    if (!file || !lease || file.version !== this.#options.version) return
    // A clock that went back by more than a day makes every age a lie.
    if (file.entries.some(({ at }) => at > now + DAY_MS)) return
    for (const entry of file.entries) if (entry.at >= lease.since) this.#entries.set(entry.key, entry)
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#over) return
    await this.#loaded
    await navigator.locks.request(`answers:${this.#folder}`, () => this.#write()).catch(() => { this.close() })
  }

  /** Within the lock: other tabs write the same file. */
  async #write(): Promise<void> {
    // Who left, in this tab or another, leaves nothing that is written afterwards.
    if (storedPerson()?.id !== this.#options.userId) this.close()
    if (this.#over) return
    const news: Entry[] = []
    const gone = new Set<string>()
    for (const [key, { at, rows }] of this.#changed) {
      const before = this.#entries.get(key)
      const entry = rows && { key, at, answer: answerOf(rows) }
      if (!entry && before) gone.add(key)
      if (entry && isNews(entry, before)) news.push(entry)
    }
    this.#changed.clear()
    if (news.length === 0 && gone.size === 0) return
    // Made once in a page's life: where it is missing later, it was deleted with the data, and what we hold goes too.
    const directory = await answersDirectory(this.#folder, this.#epoch === undefined)
    const file = parseKept(await readAnswersText(directory))
    if (this.#over || !directory || (this.#epoch !== undefined && file?.epoch !== this.#epoch)) return this.close()
    const epoch = this.#epoch = file?.epoch ?? crypto.randomUUID()
    const others = file?.version === this.#options.version ? file.entries : []
    for (const { key } of news) gone.add(key)
    const kept = bounded([...others.filter(({ key }) => !gone.has(key)), ...news])
    for (const key of gone) this.#entries.delete(key)
    for (const entry of news) this.#entries.set(entry.key, entry)
    await writeAnswersText(directory, JSON.stringify({ version: this.#options.version, epoch, entries: kept } satisfies Kept))
  }
}

/** Deletes a person's last answers from this device, whoever wrote them. Rejects with the browser's error where it cannot. */
export async function forgetAnswers(databaseName: string, userId: string): Promise<void> {
  if (typeof navigator.storage?.getDirectory !== 'function') return
  const name = answersFolder(databaseName, userId)
  const remove = async () => {
    await (await navigator.storage.getDirectory()).removeEntry(name, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error
    })
  }
  // Not while a tab writes: its file would be held, or come back.
  await ('locks' in navigator ? navigator.locks.request(`answers:${name}`, remove) : remove())
}

const keyOf = (read: AnyRead, values: readonly unknown[]) => JSON.stringify([read.name, values])

const isNews = (entry: Entry, before: Entry | undefined) =>
  before === undefined || entry.at - before.at > SEEN_AGAIN_MS || JSON.stringify(entry.answer) !== JSON.stringify(before.answer)

/** The newest of them, as many as are kept. */
function bounded(entries: Entry[]): Entry[] {
  let characters = 0
  return entries.toSorted((a, b) => b.at - a.at).slice(0, KEPT.reads).filter((entry) => {
    characters += JSON.stringify(entry.answer).length
    return characters <= KEPT.characters
  })
}

/** Rows as an answer of the server has them: its one way of saying which texts are moments serves here too. */
function answerOf(rows: readonly object[]): Entry['answer'] {
  const dates = new Set<string>()
  for (const row of rows) for (const [name, value] of Object.entries(row)) if (value instanceof Date) dates.add(name)
  return { rows: rows.map(row => ({ ...row })), truncated: false, dates: [...dates] }
}

function parseKept(text: string | undefined): Kept | undefined {
  if (text === undefined) return undefined
  try {
    return fileSchema.safeParse(JSON.parse(text)).data
  }
  catch {
    return undefined
  }
}
