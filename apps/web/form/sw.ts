import { PrecacheController, PrecacheRoute, type PrecacheEntry } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { FORM_PAGES } from '../shared/leads/form'

declare const self: ServiceWorkerGlobalScope
/** Made by the build: every file of the form. */
declare const FORM_FILES: PrecacheEntry[]

/**
 * Keeps the form on a visitor's device: its one page, which holds nothing of anybody, and what that loads. It has a scope of its
 * own, so that a tablet at a stand fetches nothing of the app. A new version takes over at once: a page has loaded all that it
 * needs by the time that it asks for this.
 */
const files = new PrecacheController({ cacheName: 'form' })
files.addToCacheList(FORM_FILES)
self.addEventListener('install', (event) => {
  event.waitUntil(files.install(event).then(() => self.skipWaiting()))
})
self.addEventListener('activate', (event) => {
  event.waitUntil(files.activate(event).then(() => self.clients.claim()))
})
registerRoute(new PrecacheRoute(files, { ignoreURLParametersMatching: [], directoryIndex: '', cleanURLs: false }))
registerRoute(new NavigationRoute(files.createHandlerBoundToURL(`${FORM_PAGES}index.html`)))
