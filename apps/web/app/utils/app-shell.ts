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
/** A browser may let the version that runs finish its work first, for minutes: whoever agreed is not left waiting. */
const TAKE_OVER_LIMIT_MS = 10_000

/**
 * A version that was found waits until a person agrees, in one of the tabs; the other tabs go on in theirs and are offered
 * the same. Where a browser has no service workers (plain http to another machine), nothing is kept and nothing is said.
 */
export function createAppShell({ reload }: AppShellOptions): AppShell {
  const newer = shallowRef(false)
  let workbox: Workbox | undefined
  let registration: ServiceWorkerRegistration | undefined
  let agreed = false
  let lookedAt = 0

  function look(): void {
    const now = performance.now()
    if (!workbox || now - lookedAt < LOOK_AT_MOST_EVERY_MS) return
    lookedAt = now
    // Without a network there is nothing new.
    workbox.update().catch(() => {})
  }

  const found = () => { newer.value = true }
  /** Workbox stops listening after one version that came by itself, which a failed one is too. */
  function follow(followed: ServiceWorkerRegistration): void {
    registration = followed
    followed.addEventListener('updatefound', () => {
      const { installing } = followed
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'installed' && navigator.serviceWorker.controller) found()
      })
    })
  }
  const runningAtFirst = 'serviceWorker' in navigator ? navigator.serviceWorker.controller : null

  return {
    newer: shallowReadonly(newer),
    keep() {
      if (workbox || !('serviceWorker' in navigator)) return
      workbox = new Workbox(SHELL_WORKER)
      workbox.addEventListener('waiting', found)
      workbox.addEventListener('controlling', ({ isUpdate }) => {
        if (agreed) reload()
        // Somebody agreed in another tab. The first version of all takes over pages that are of it.
        else if (isUpdate) found()
      })
      // Or did, before this page listened.
      if (runningAtFirst && runningAtFirst !== navigator.serviceWorker.controller) found()
      lookedAt = performance.now()
      workbox.register({ immediate: true }).then(known => known && follow(known)).catch((error: unknown) => console.warn('The app is not kept on this device:', error))
      setInterval(look, LOOK_EVERY_MS)
      window.addEventListener('online', look)
      document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') look() })
    },
    noteNewer: found,
    update() {
      agreed = true
      if (!workbox || !registration?.waiting) return reload()
      workbox.messageSkipWaiting()
      setTimeout(reload, TAKE_OVER_LIMIT_MS)
    },
  }
}
