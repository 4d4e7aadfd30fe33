import { defineNuxtPlugin, useNuxtApp, watch } from '#imports'
import { createAppShell } from '../utils/app-shell'

/** A visit this long keeps the app on the device, however far its first sync is. */
const KEEP_AFTER_MS = 20_000

/** Keeps the app itself on the device; after the first sync, so that its files do not take the network from the rows. */
export default defineNuxtPlugin({
  name: 'shell',
  dependsOn: ['pglite'],
  setup() {
    const { $pglite: pglite } = useNuxtApp()
    const shell = createAppShell({ reload: () => location.reload() })
    setTimeout(shell.keep, KEEP_AFTER_MS)
    watch(() => pglite.error.value?.code, (code) => { if (code === 'outdated') shell.noteNewer() })
    return { provide: { shell } }
  },
})
