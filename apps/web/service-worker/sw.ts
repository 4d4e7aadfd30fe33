import { PrecacheController, PrecacheRoute, type PrecacheEntry } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { SHELL } from '../shared/protocol/shell'
import { checkShell } from './check-shell'
import { cacheName, copyFromOthers, fromFormer, isOfVersions, keepFormer } from './versions'

declare const self: ServiceWorkerGlobalScope

/**
 * Keeps one version of the app on the device, whole, and answers from it with or without a network. It never touches what
 * is for a person: nothing under /api is looked at, and nothing enters a cache but what the build listed.
 *
 *   installing ── all files are there, each as the build made it ──▶ waiting ── the person agrees ──▶ active
 *       └── one is missing, cut off or another ──▶ redundant (the version before goes on)
 */
const manifest = self.__WB_MANIFEST as PrecacheEntry[]
const version = manifest.find(entry => entry.url === SHELL)?.revision ?? ''
const files = new PrecacheController({ cacheName: cacheName(version), plugins: [checkShell(version)] })
files.addToCacheList(manifest)

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    await copyFromOthers(version, [...files.getURLsToCacheKeys().values()])
    await files.install(event)
  })())
})

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    try {
      await keepFormer(version, self.registration.installing !== null || self.registration.waiting !== null)
    }
    finally {
      // The page of the first visit too: what it loads later is to be there without a network.
      await self.clients.claim()
    }
  })())
})

// By the person, in one of the tabs. Never by itself: pages of the version before are at work.
self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'SKIP_WAITING') void self.skipWaiting()
})

registerRoute(new PrecacheRoute(files, { ignoreURLParametersMatching: [], directoryIndex: '', cleanURLs: false }))
registerRoute(new NavigationRoute(files.createHandlerBoundToURL(SHELL), { denylist: [/^\/api(?:[/?]|$)/, /^\/f(?:[/?]|$)/] }))
// A tab that was opened before the last update still loads parts of its own version.
registerRoute(({ url, sameOrigin }) => sameOrigin && isOfVersions(url), fromFormer)
