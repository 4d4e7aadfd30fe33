import { useBroadcastChannel, useEventListener } from '@vueuse/core'
import { onScopeDispose, readonly, shallowReadonly, shallowRef, type Ref } from 'vue'
import type { LeadEntry } from '../leads/entry'
import { LeadJournal } from '../leads/journal'
import { LEADS_CHANGED, leadsChannel } from '../leads/queue'
import { uploadLeads } from '../leads/upload'
import { askPermission, type Permission } from './permission'

export interface Unsent {
  /** Undefined until it is known. Nothing is read from the device before it is `allowed`. */
  readonly permission: Readonly<Ref<Permission | undefined>>
  /** What waits and what was refused, the oldest first. */
  readonly leads: Readonly<Ref<readonly LeadEntry[]>>
  readonly isSending: Readonly<Ref<boolean>>
  readonly ask: () => Promise<void>
  /** Sends what waits, and what was refused once more. */
  readonly send: () => Promise<void>
  /** Takes one off the device for good, in the version that was seen. */
  readonly discard: (lead: LeadEntry) => Promise<void>
}

/** The leads of a tenant on this device that the server does not have, for somebody who may see the company's leads. */
export function useUnsent(tenantId: string): Unsent {
  const [permission, leads, isSending] = [shallowRef<Permission>(), shallowRef<readonly LeadEntry[]>([]), shallowRef(false)]
  const { post, channel } = useBroadcastChannel<string, string>({ name: leadsChannel(tenantId) })
  let journal: Promise<LeadJournal> | undefined
  let isLeft = false

  async function read(): Promise<void> {
    if (permission.value !== 'allowed' || isLeft) return
    journal ??= LeadJournal.open(tenantId)
    const all = (await (await journal).all()).filter(({ state }) => state !== 'draft')
    // Who signed out meanwhile sees none.
    leads.value = permission.value === 'allowed' ? all : []
  }
  async function ask(): Promise<void> {
    permission.value = await askPermission(tenantId)
    if (permission.value === 'allowed') await read()
    else leads.value = []
  }
  async function changed(): Promise<void> {
    await read()
    post(LEADS_CHANGED)
  }
  useEventListener(channel, 'message', () => void read())
  // Somebody may have signed out in another tab, or the next one stands here now.
  useEventListener(document, 'visibilitychange', () => { if (document.visibilityState === 'visible') void ask() })
  const rest = () => void journal?.then(opened => opened.rest())
  useEventListener(document, 'freeze', rest)
  useEventListener(window, 'pagehide', rest)
  onScopeDispose(() => {
    isLeft = true
    void journal?.then(opened => opened.close())
  })
  void ask()

  return {
    permission: readonly(permission), leads: shallowReadonly(leads), isSending: readonly(isSending), ask,
    async send() {
      if (isSending.value || !journal) return
      isSending.value = true
      try {
        const opened = await journal
        await opened.retry()
        await uploadLeads(opened, tenantId)
      }
      finally {
        isSending.value = false
        await changed()
      }
    },
    async discard({ id, version }) {
      await (await journal)?.erase(new Map([[id, version]]))
      await changed()
    },
  }
}
