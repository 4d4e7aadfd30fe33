import { shallowReadonly, shallowRef, watch, type Ref } from 'vue'
import { journalChannel, type JournalNews } from '#shared/journal/channel'
import { isOfEnded, type JournalEntry, type NewEntry } from '#shared/journal/entry'
import { KnownEntries } from '#shared/journal/known-entries'
import { Journal } from '#shared/journal/store'
import { journalName } from '#shared/protocol/device'
import type { Applied } from '#shared/protocol/mutations'
import { storedDatabaseName } from './person'
import { ServerError } from './server-api'

/** The page's part of the journal: it notes edits and shows what became of them. Sending them is the leader's. */
export interface JournalAccess {
  /** All entries in their order, those of other tabs too; empty until they are read. */
  readonly entries: Readonly<Ref<readonly JournalEntry[]>>
  /** Whether edits can be noted on this device; where not, an edit needs the server. */
  readonly stored: Readonly<Ref<boolean>>
  /** Whether edits wait until the person signs in again. */
  readonly parked: Readonly<Ref<boolean>>
  /**
   * Notes an edit; the leader shows it meanwhile. Resolves when it cannot be lost any more. Rejects with NotNoted where
   * it cannot be noted; then nobody has it but who asked.
   */
  add: (edit: NewEntry) => Promise<void>
  /** Resolves with what the server did. Rejects with a ServerError where it was decided against, or taken away. */
  settled: (id: string) => Promise<Applied>
  /** Puts another edit in the place of one that was decided against. Out: whether that one was still there. */
  resend: (id: string, edit: NewEntry) => Promise<boolean>
  /** Takes edits that were decided against, or are done, out of the journal. */
  discard: (ids: readonly string[]) => Promise<void>
  stop: () => void
}

/** An edit could not be noted on this device. */
export class NotNoted extends Error {
  override readonly name = 'NotNoted'
  readonly code: 'storage_full' | 'no_storage'
  readonly next: string

  constructor(code: NotNoted['code']) {
    super(code === 'storage_full' ? 'There is no room on this device for this change.' : 'This browser keeps nothing for this site.')
    this.code = code
    this.next = code === 'storage_full' ? 'Free some space (Settings, Storage) and save again.' : 'Allow the site to store data, or use the app with a connection.'
  }
}

interface Opened {
  readonly journal: Journal
  readonly channel: BroadcastChannel
}

/** @param userId whose journal it is; another person's is never mixed with it */
export function createJournalAccess(userId: Readonly<Ref<string | undefined>>): JournalAccess {
  const entries = shallowRef<readonly JournalEntry[]>([])
  const stored = shallowRef(true)
  const parked = shallowRef(false)
  const known = new KnownEntries()
  const waiting = new Map<string, { resolve: (applied: Applied) => void, reject: (error: ServerError) => void }>()
  let opening: { userId: string, opened: Promise<Opened> } | undefined
  let isShowing = false

  function show(): void {
    if (isShowing) return
    isShowing = true
    // Many that come at once are sorted once.
    queueMicrotask(() => {
      isShowing = false
      entries.value = known.inOrder
    })
  }

  function take(noted: readonly JournalEntry[]): void {
    known.take(noted).forEach(settle)
    show()
  }

  function settle({ mutation: { id }, state, txid = 0, rows = [], answer }: JournalEntry): void {
    if (state === 'waiting') return
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (state === 'applied' || state === 'done') waiter?.resolve({ id, status: 'applied', txid, rows: [...rows] })
    else waiter?.reject(new ServerError(answer))
  }

  function forget(ids: readonly string[]): void {
    known.forget(ids)
    for (const id of ids) {
      waiting.get(id)?.reject(new ServerError())
      waiting.delete(id)
    }
    show()
  }

  function close(): void {
    const before = opening
    opening = undefined
    known.clear()
    show()
    void before?.opened.then(({ journal, channel }) => {
      channel.close()
      journal.close()
    }, () => {})
  }

  function open(): Promise<Opened> {
    const { value: id } = userId
    const databaseName = storedDatabaseName()
    if (!id || !databaseName) return Promise.reject(new NotNoted('no_storage'))
    if (opening?.userId === id) return opening.opened
    close()
    const opened = openJournal(journalName(databaseName, id))
    opening = { userId: id, opened }
    opened.then(() => { stored.value = true }, () => {
      stored.value = false
      if (opening?.opened === opened) opening = undefined
    })
    return opened
  }

  async function openJournal(name: string): Promise<Opened> {
    const journal = await Journal.open(name).catch(() => { throw new NotNoted('no_storage') })
    const channel = journalChannel(name)
    channel.onmessage = ({ data }: MessageEvent<JournalNews>) => {
      if (data.kind === 'noted') take(data.entries)
      else if (data.kind === 'upload') parked.value = data.state === 'parked'
      else if (data.kind === 'removed') forget(data.ids)
    }
    const all = await journal.all()
    // What was heard while they were read is newer.
    take(all.filter(({ mutation }) => !known.has(mutation.id)))
    channel.postMessage({ kind: 'hello' } satisfies JournalNews)
    return { journal, channel }
  }

  // The browser stops a tab that nobody looks at for long: it would answer nobody who is to make the journal anew.
  const rest = () => void opening?.opened.then(({ journal }) => journal.rest(), () => {})
  document.addEventListener('freeze', rest)

  const stopWatching = watch(userId, (id) => {
    if (id) open().catch(() => {})
    else close()
  }, { immediate: true })

  return {
    entries: shallowReadonly(entries),
    stored: shallowReadonly(stored),
    parked: shallowReadonly(parked),
    async add(edit) {
      const { journal, channel } = await open()
      channel.postMessage({ kind: 'adding', edits: [edit] } satisfies JournalNews)
      try {
        const noted = await journal.append([edit])
        take(noted)
        channel.postMessage({ kind: 'noted', entries: noted } satisfies JournalNews)
      }
      catch (error) {
        channel.postMessage({ kind: 'dropped', ids: [edit.mutation.id] } satisfies JournalNews)
        throw new NotNoted(error instanceof DOMException && error.name === 'QuotaExceededError' ? 'storage_full' : 'no_storage')
      }
    },
    settled: id => new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      const entry = known.get(id)
      if (entry) settle(entry)
    }),
    async resend(id, edit) {
      const { journal, channel } = await open()
      const noted = await journal.resend(id, edit)
      if (!noted) return false
      channel.postMessage({ kind: 'removed', ids: [id] } satisfies JournalNews)
      channel.postMessage({ kind: 'noted', entries: [noted] } satisfies JournalNews)
      forget([id])
      take([noted])
      return true
    },
    async discard(ids) {
      const { journal, channel } = await open()
      const tell = (gone: string[]) => {
        channel.postMessage({ kind: 'removed', ids: gone } satisfies JournalNews)
        forget(gone)
      }
      tell(await journal.remove(ids, entry => entry.state !== 'waiting' && entry.state !== 'applied' && !isOfEnded(entry)))
      const ended = entries.value.filter(entry => ids.includes(entry.mutation.id) && isOfEnded(entry))
      // Of a company that was left nothing stays on the disk.
      if (ended.length > 0) tell((await journal.erase({ whole: ended.map(({ mutation }) => mutation.id) })).gone)
    },
    stop() {
      stopWatching()
      document.removeEventListener('freeze', rest)
      close()
    },
  }
}
