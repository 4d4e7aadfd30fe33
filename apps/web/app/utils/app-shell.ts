import { shallowReadonly, shallowRef, type Ref } from 'vue'
import { Workbox } from 'workbox-window'
import { SHELL_WORKER } from '#shared/protocol/shell'

/** The app as it is kept on this device. */
export interface AppShell {
  /** Whether a newer version than this page's is on the device: it waits, or another tab runs it already. */
  readonly newer: Readonly<Ref<boolean>>
  /** Begins to keep the app on this device, and to look for new versions. The first call counts. */
  keep: () => void
  /** Something else than the service worker showed that another tab is newer. */
  noteNewer: () => void
  /** Loads this page in the newest version that is here. What is typed and not saved in it is lost. */
  update: () => void
}

export interface AppShellOptions {
  reload: () => void
}

/** A look costs a request; a server is not upgraded by the minute. */
const LOOK_AT_MOST_EVERY_MS = 5 * 60_000
const LOOK_EVERY_MS = 60 * 60_000

/**
 * A version that was found waits until a person agrees, in one of the tabs; the other tabs go on in theirs and are offered
 * the same. Where a browser has no service workers (plain http to another machine), nothing is kept and nothing is said.
 */
export function createAppShell({ reload }: AppShellOptions): AppShell {
  const newer = shallowRef(false)
  let workbox: Workbox | undefined
  let waits = false
  let agreed = false
  let lookedAt = 0

  function look(): void {
    const now = performance.now()
    if (!workbox || now - lookedAt < LOOK_AT_MOST_EVERY_MS) return
    lookedAt = now
    // Without a network there is nothing new.
    workbox.update().catch(() => {})
  }

  return {
    newer: shallowReadonly(newer),
    keep() {
      if (workbox || !('serviceWorker' in navigator)) return
      workbox = new Workbox(SHELL_WORKER)
      workbox.addEventListener('waiting', () => {
        waits = true
        newer.value = true
      })
      workbox.addEventListener('controlling', ({ isUpdate }) => {
        if (agreed) reload()
        // Somebody agreed in another tab. The first version of all takes over pages that are of it.
        else if (isUpdate) newer.value = true
        waits = false
      })
      lookedAt = performance.now()
      workbox.register({ immediate: true }).catch((error: unknown) => console.warn('The app is not kept on this device:', error))
      setInterval(look, LOOK_EVERY_MS)
      window.addEventListener('online', look)
      document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') look() })
    },
    noteNewer() {
      newer.value = true
    },
    update() {
      agreed = true
      if (waits && workbox) workbox.messageSkipWaiting()
      else reload()
    },
  }
}
