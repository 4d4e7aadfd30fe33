import { PrecacheController, PrecacheRoute, type PrecacheEntry } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { FORM_PAGES } from '../shared/leads/form'
import { LEADS_SYNC, sendAll } from './leads/send-all'

declare const self: ServiceWorkerGlobalScope
/** Made by the build: every file that the form needs to take input. */
declare const FORM_FILES: PrecacheEntry[]
/** Made by the build: what comes behind it, the database of the session above all. */
declare const LATER_FILES: PrecacheEntry[]

/**
 * Keeps the form on a visitor's device: its one page, which holds nothing of anybody, and what that loads. It has a scope of its
 * own, so that a tablet at a stand fetches nothing of the app. A new version takes over at once: a page has loaded all that it
 * needs by the time that it asks for this. What comes later is kept as it is fetched, and no form waits for it to be kept.
 */
const files = new PrecacheController({ cacheName: 'form' })
files.addToCacheList(FORM_FILES)
const later = new PrecacheController({ cacheName: 'form-later' })
later.addToCacheList(LATER_FILES)
self.addEventListener('install', (event) => {
  event.waitUntil(files.install(event).then(() => self.skipWaiting()))
})
self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([files.activate(event), later.activate(event)]).then(() => self.clients.claim()))
})
registerRoute(new PrecacheRoute(files, { ignoreURLParametersMatching: [], directoryIndex: '', cleanURLs: false }))
registerRoute(new PrecacheRoute(later, { ignoreURLParametersMatching: [], directoryIndex: '', cleanURLs: false }))
registerRoute(new NavigationRoute(files.createHandlerBoundToURL(`${FORM_PAGES}index.html`)))

/** As browsers that have it give it, which tells TypeScript nothing. */
interface SyncEvent extends ExtendableEvent {
  readonly tag: string
}

// A network came back, perhaps after the last page of the form was closed.
self.addEventListener('sync' as never, (event: SyncEvent) => {
  if (event.tag !== LEADS_SYNC) return
  event.waitUntil(sendAll().then((isAllSent) => {
    // The browser tries again by itself, a few times.
    if (!isAllSent) throw new Error('Some leads wait still.')
  }))
})
