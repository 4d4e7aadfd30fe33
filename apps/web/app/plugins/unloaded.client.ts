import { defineNuxtPlugin, reloadNuxtApp, useToast } from '#imports'
import type { Router } from 'vue-router'
import { CONFIG_PATH } from '#shared/protocol/sync'
import { createRetry } from '../utils/retry'
import { requestNow } from '../utils/server-request'

/**
 * What to do where code of a page could not be fetched. Nuxt's own way (`emitRouteChunkError: 'automatic'`) reloads at once,
 * which without a network ends at the browser's own page, from which nothing comes back by itself.
 *
 *   the first page ──▶ waiting ── the server answers ──▶ loaded again: there is nothing on it to lose
 *   another page ──▶ the server answers ──▶ that page is loaded
 *               └──▶ it does not: said, and nothing more. Later, who stays may have begun to type.
 *
 * What is opened by a press and could not be fetched is tried by the next press.
 */
export default defineNuxtPlugin({
  name: 'unloaded',
  // Before the router goes to the first page.
  enforce: 'pre',
  setup(nuxtApp) {
    const failed = new WeakSet<object>()
    let isLost = false
    let isMounted = false
    // Not twice within ten seconds (Nuxt's own bound): code that is truly gone is no reason to turn in circles.
    const load = async (path: string) => {
      await requestNow(CONFIG_PATH)
      reloadNuxtApp({ path })
    }
    const retry = createRetry(() => isLost, async () => {
      await load(`${location.pathname}${location.search}${location.hash}`)
      isLost = false
    })
    nuxtApp.hook('app:chunkError', ({ error }) => {
      if (typeof error === 'object' && error !== null) failed.add(error)
      if (isMounted) return
      isLost = true
      retry.wake()
    })
    nuxtApp.hook('app:mounted', () => {
      isMounted = true
    })
    nuxtApp.hook('app:created', () => {
      const router = nuxtApp.$router as Router
      router.onError((error: unknown, to) => {
        if (!isMounted || typeof error !== 'object' || error === null || !failed.has(error)) return
        load(to.fullPath).catch(() => nuxtApp.runWithContext(() => useToast().add({
          title: 'This page is not on this device yet, and the server cannot be reached.',
          description: 'Try again when you are connected.', color: 'error', icon: 'i-lucide-circle-alert',
        })))
      })
    })
  },
})
