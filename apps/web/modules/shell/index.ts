import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModuleOptions } from '@vite-pwa/nuxt'
import { addTemplate, defineNuxtModule, installModule } from 'nuxt/kit'
import { SHELL, SHELL_WORKER } from '../../shared/protocol/shell'
import { versionOf, workerVersions } from './worker-files'

interface Entry { url: string, revision: string | null, integrity?: string, size: number }

const WORKERS = 'workers/'
/** Not initdb.wasm: a database that is made without a network begins with start.data. */
const KEPT_OF_WORKER = ['pglite.bundle.js', 'pglite.wasm', 'pglite.data', 'start.data']

/**
 * The app as something that is kept on the device: manifest, icons, and the service worker with the list of its files,
 * each with a hash that the browser checks when it fetches it.
 */
export default defineNuxtModule({
  meta: { name: 'shell' },
  async setup(_options, nuxt) {
    const versions = () => workerVersions(join(nuxt.options.rootDir, 'public', WORKERS))
    addTemplate({
      filename: 'worker-version.ts',
      write: true,
      getContents: () => `/** Of the worker that was built with this page. */\nexport const WORKER_VERSION = '${versions()['pglite.bundle.js'] ?? 'none'}'\n`,
    })
    // It answers which routes have rules, and none has one for the page; each visit would fetch it, also without a network.
    nuxt.options.experimental.appManifest = false
    nuxt.hook('nitro:config', (config) => {
      // Asked again each time, so that a new version is noticed.
      for (const path of [SHELL_WORKER, '/manifest.webmanifest']) config.routeRules = { ...config.routeRules, [path]: { headers: { 'cache-control': 'no-cache' } } }
    })

    /** Names files by content where they are not, and gives each its hash. */
    async function complete(entries: Entry[]): Promise<{ manifest: Entry[], warnings: string[] }> {
      const folder = nuxt.options.nitro.output?.publicDir ?? join(nuxt.options.rootDir, '.output/public')
      const manifest = await Promise.all(entries.map(async (entry) => {
        const content = await readFile(join(folder, entry.url))
        const isWorkers = entry.url.startsWith(WORKERS)
        return {
          ...entry,
          url: `/${entry.url}${isWorkers ? `?v=${versions()[entry.url.slice(WORKERS.length)] ?? versionOf(content)}` : ''}`,
          revision: isWorkers || entry.url.startsWith('_nuxt/') ? null : entry.revision ?? versionOf(content),
          integrity: `sha256-${createHash('sha256').update(content).digest('base64')}`,
        }
      }))
      // The page is made by the server; it names the build.
      return { manifest: [...manifest, { url: SHELL, revision: nuxt.options.runtimeConfig.app.buildId, size: 0 }], warnings: [] }
    }

    await installModule('@vite-pwa/nuxt', {
      strategies: 'injectManifest',
      srcDir: join(nuxt.options.rootDir, 'service-worker'),
      filename: 'sw.ts',
      registerType: 'prompt',
      injectRegister: false,
      client: { registerPlugin: false },
      injectManifest: {
        globPatterns: ['_nuxt/**/*.{js,css,svg,png,woff2,json}', ...KEPT_OF_WORKER.map(name => WORKERS + name), 'icons/*.{png,svg}'],
        maximumFileSizeToCacheInBytes: 16 * 1024 * 1024,
        manifestTransforms: [complete],
        // No `?__WB_REVISION__` where the name is the content.
        dontCacheBustURLsMatching: /^_nuxt\/|^workers\//,
        rollupFormat: 'iife',
      },
      includeManifestIcons: false,
      manifest: {
        id: SHELL,
        name: 'Multi-vendor workspace',
        short_name: 'Workspace',
        description: 'The company\'s workspaces, on this device too.',
        start_url: SHELL,
        scope: SHELL,
        display: 'standalone',
        theme_color: '#0f172a',
        background_color: '#0f172a',
        icons: [
          { src: '/icons/app.svg', sizes: 'any', type: 'image/svg+xml' },
          { src: '/icons/app-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icons/app-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icons/app-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
    } satisfies Partial<ModuleOptions>)

    nuxt.options.app.head.link = [
      ...nuxt.options.app.head.link ?? [],
      { rel: 'manifest', href: '/manifest.webmanifest' },
      { rel: 'icon', href: '/icons/app.svg', type: 'image/svg+xml' },
      { rel: 'apple-touch-icon', href: '/icons/app-192.png' },
    ]
    nuxt.options.app.head.meta = [...nuxt.options.app.head.meta ?? [], { name: 'theme-color', content: '#0f172a' }]
  },
})
