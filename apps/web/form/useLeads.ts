import { useBroadcastChannel, useDebounceFn, useEventListener, useOnline, useTimeoutFn } from '@vueuse/core'
import { v7 as uuid } from 'uuid'
import { onScopeDispose, reactive, readonly, shallowRef, type Ref } from 'vue'
import { takeDraft } from './leads/draft-lock'
import type { LeadEntry, LeadFields } from './leads/entry'
import { LeadJournal } from './leads/journal'
import { MemoryLeads, type LeadStore } from './leads/memory'
import { LEADS_CHANGED, leadsChannel } from './leads/queue'
import { askForWaking, sendAll } from './leads/send-all'
import { uploadLeads } from './leads/upload'
import { tabSession } from './session'

const EMPTY: LeadFields = { name: '', email: '', phone: '', message: '' }
/** After the last key. */
const TYPED_AFTER_MS = 300
const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 60_000
/** What waits for longer is said on the form: nobody may have looked at this device since. */
export const UNSENT_DAYS = 7

export interface Leads {
  /** What is typed; found again after a reload, or a kill. */
  readonly fields: LeadFields
  /** Whether what is typed and sent off can be kept on this device; undefined until that is known. */
  readonly stored: Readonly<Ref<boolean | undefined>>
  /** Sent off, and not with the server yet. */
  readonly pending: Readonly<Ref<number>>
  /** Refused by the server. */
  readonly failed: Readonly<Ref<number>>
  /** Of both, those that are older than `UNSENT_DAYS`. */
  readonly aged: Readonly<Ref<number>>
  /** Whether the browser keeps what is here when space gets short; undefined until it was asked. */
  readonly isPersisted: Readonly<Ref<boolean | undefined>>
  readonly isSyncing: Readonly<Ref<boolean>>
  readonly isOnline: Readonly<Ref<boolean>>
  /** Call it after each change of a field. */
  readonly typed: () => void
  /** Sends off what is typed, which leaves the fields empty. Rejects where it cannot be kept; then the fields are as they were. */
  readonly sendOff: (fields: LeadFields, website: string) => Promise<void>
  /** Takes what is typed off the form and the device. */
  readonly forget: () => Promise<void>
  /** Has all that waits, or was refused, sent now. */
  readonly retry: () => Promise<void>
}

/** The leads of a tenant's form on this device: noted at once, sent when that can be, by one of its tabs at a time. */
export function useLeads(tenantId: string, leftAfterMs: number, session = tabSession): Leads {
  const fields = reactive({ ...EMPTY })
  const [stored, pending, failed, isSyncing] = [shallowRef<boolean>(), shallowRef(0), shallowRef(0), shallowRef(false)]
  const [aged, isPersisted] = [shallowRef(0), shallowRef<boolean>()]
  const isOnline = useOnline()
  const opening = open()
  let draft: Promise<LeadEntry> | undefined
  let giveBack: (() => void) | undefined
  let failures = 0

  async function open(): Promise<LeadStore> {
    const store = await LeadJournal.open(tenantId).catch(() => undefined)
    stored.value = store !== undefined
    return store ?? new MemoryLeads()
  }

  async function count(): Promise<void> {
    const entries = await (await opening).all()
    pending.value = entries.filter(({ state }) => state === 'pending').length
    failed.value = entries.filter(({ state }) => state === 'failed').length
    const old = Date.now() - UNSENT_DAYS * 86_400_000
    aged.value = entries.filter(({ state, made_at: made }) => state !== 'draft' && made < old).length
  }

  // Other tabs of the form count anew.
  const { post, channel } = useBroadcastChannel<string, string>({ name: leadsChannel(tenantId) })
  useEventListener(channel, 'message', () => void count().then(() => {
    // Whoever made them wait may be gone before they are sent.
    if (pending.value > 0 && !isSyncing.value && !later.isPending.value) tryAgain(0)
  }).catch((error: unknown) => console.warn('Leads could not be counted:', error)))
  async function changed(): Promise<void> {
    await count()
    post(LEADS_CHANGED)
  }

  const pause = shallowRef(0)
  const later = useTimeoutFn(() => void upload(), pause, { immediate: false })
  /** With full jitter: a fair full of tablets gets its network back in one moment. */
  function tryAgain(atLeast: number): void {
    pause.value = Math.max(atLeast, Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)))
    later.start()
  }

  async function upload(): Promise<void> {
    later.stop()
    if (isSyncing.value) return
    isSyncing.value = true
    let atLeast = 0
    try {
      const { again } = await uploadLeads(await opening, tenantId)
      failures = again ? failures + 1 : 0
      atLeast = again?.after ?? 0
      await changed()
    }
    catch (error) {
      failures++
      console.warn('Leads could not be sent:', error)
    }
    finally {
      isSyncing.value = false
    }
    // Of what another tab is sending, too: it may be gone before it has.
    if (pending.value === 0) return
    tryAgain(atLeast)
    // And after this page is gone. Where there is no service worker, one that comes is waited for.
    if ('serviceWorker' in navigator) void askForWaking().catch((error: unknown) => console.warn('The browser wakes nobody to send leads:', error))
  }

  /** What this tab, or one that is gone, was typing, if it was not long ago. Out: what somebody left, which is to be taken away. */
  async function findDraft(): Promise<ReadonlyMap<string, number>> {
    const store = await opening
    const drafts = async () => (await store.all()).filter(({ state }) => state === 'draft').toReversed()
    const left = new Map<string, number>()
    for (const { id } of await drafts()) {
      const give = await takeDraft(id)
      if (!give) continue
      // Before it was this tab's, another one may have sent it off.
      const entry = (await drafts()).find(one => one.id === id)
      const isLeft = entry !== undefined && Date.now() - entry.made_at > leftAfterMs
      if (isLeft) left.set(entry.id, entry.version)
      if (!entry || isLeft || draft) {
        give()
        continue
      }
      draft = Promise.resolve(entry)
      giveBack = give
      for (const name of Object.keys(EMPTY) as (keyof LeadFields)[]) fields[name] ||= entry[name]
    }
    return left
  }

  /** Sending comes first: an erasure waits for every tab that has the journal open. */
  async function begins(): Promise<void> {
    const left = await findDraft()
    await count()
    await upload()
    await sendAll(tenantId)
    await (await opening).erase(left)
  }

  /** A new draft, this tab's from before anybody can see it. */
  function begin(): Promise<LeadEntry> {
    if (draft) return draft
    const [id, now] = [uuid(), Date.now()]
    const beginning = (async () => {
      let give: (() => void) | undefined
      try {
        give = await takeDraft(id)
        const entry = await (await opening).begin(id, newToken(), now)
        giveBack = give
        return entry
      }
      catch (error) {
        give?.()
        // The next key, or press, tries again.
        draft = undefined
        throw error
      }
    })()
    draft = beginning
    return beginning
  }
  const write = useDebounceFn(async () => {
    const mine = draft
    // Where it cannot be noted, what is typed is still in the fields, and sending it off says so.
    await mine?.then(async entry => (await opening).type(entry, { ...fields })).catch((error: unknown) => console.warn('What is typed could not be noted:', error))
  }, TYPED_AFTER_MS)

  function letGo(): void {
    draft = undefined
    giveBack?.()
    giveBack = undefined
    Object.assign(fields, EMPTY)
  }

  useEventListener(window, 'online', () => {
    // What failed without a network says nothing of how this one is.
    failures = 0
    void upload()
  })
  useEventListener(document, 'visibilitychange', () => { if (document.visibilityState === 'visible') void upload() })
  // The browser stops a tab that nobody looks at for long: it would answer nobody who is to make the journal anew.
  useEventListener(document, 'freeze', () => void opening.then(store => store.rest()))
  useEventListener(window, 'pagehide', () => void opening.then(store => store.rest()))
  void begins().catch((error: unknown) => console.warn('The leads of this device could not be read:', error))
  // Where something waits it was asked for before.
  void navigator.storage?.persisted?.().then((is) => { isPersisted.value = is }, () => {})
  onScopeDispose(() => void opening.then(store => store.close()))

  return {
    fields, stored: readonly(stored), pending: readonly(pending), failed: readonly(failed), aged: readonly(aged), isPersisted: readonly(isPersisted), isSyncing: readonly(isSyncing), isOnline,
    typed() {
      session.recordFirst('form_start')
      void begin().catch(() => {})
      void write()
    },
    async sendOff(entered, website) {
      // A draft that was found and sent off as it was has been begun, too.
      session.recordFirst('form_start')
      const visiting = session.visit()
      const [store, mine, { score, variant }] = [await opening, await begin(), await visiting]
      await store.sendOff(mine, { ...entered, website, score, variant }, Date.now())
      letGo()
      session.renew()
      // It is saved by now, whatever becomes of this.
      void navigator.storage?.persist?.().catch(() => false).then((is) => { isPersisted.value = is })
      void changed().then(upload).catch((error: unknown) => console.warn('Leads could not be counted:', error))
    },
    async forget() {
      const mine = draft
      letGo()
      session.renew()
      if (!mine) return
      const { id, version } = await mine
      await (await opening).erase(new Map([[id, version]]))
    },
    async retry() {
      await (await opening).retry()
      await changed()
      await upload()
    },
  }
}

/** 24 random bytes, fit for an address. */
function newToken(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replaceAll('+', '-').replaceAll('/', '_')
}
