import { defineNuxtPlugin, reloadNuxtApp } from '#imports'
import type { Router } from 'vue-router'
import { CONFIG_PATH } from '#shared/protocol/sync'
import { createRetry } from '../utils/retry'
import { requestNow } from '../utils/server-request'

/**
 * Loads the page again where code of it could not be fetched, and not before the server answers: a reload without a network
 * ends at the browser's own page, from which nothing comes back by itself (Nuxt's own way, `emitRouteChunkError: 'automatic'`,
 * reloads at once). What is opened by a press and could not be fetched is tried by the next press.
 *
 *   idle ── the page that is gone to, or the first one, has no code ──▶ waiting ── the server answers ──▶ loaded again
 *     ▲                                                                    │
 *     └────────────────── the person has gone somewhere else ◀─────────────┘
 */
export default defineNuxtPlugin({
  name: 'unloaded',
  // Before the router goes to the first page.
  enforce: 'pre',
  setup(nuxtApp) {
    const failed = new WeakSet<object>()
    let path: string | undefined
    let isMounted = false
    const retry = createRetry(() => path !== undefined, async () => {
      await requestNow(CONFIG_PATH)
      const to = path
      path = undefined
      // Not twice within ten seconds: code that is truly gone is no reason to turn in circles.
      if (to !== undefined) reloadNuxtApp({ path: to })
    })
    const again = (to: string) => {
      path = to
      retry.wake()
    }
    nuxtApp.hook('app:chunkError', ({ error }) => {
      if (typeof error === 'object' && error !== null) failed.add(error)
      if (!isMounted) again(`${location.pathname}${location.search}${location.hash}`)
    })
    nuxtApp.hook('app:mounted', () => {
      isMounted = true
    })
    nuxtApp.hook('app:created', () => {
      const router = nuxtApp.$router as Router
      router.onError((error: unknown, to) => {
        if (typeof error === 'object' && error !== null && failed.has(error)) again(to.fullPath)
      })
      router.afterEach((_to, _from, failure) => {
        if (!failure) path = undefined
      })
    })
  },
})
