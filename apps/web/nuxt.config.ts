/** Icons that Nuxt UI's own components show: the scan sees our sources only, and there is no icon server to ask. */
const UI_ICONS = ['chevron-down', 'chevron-right', 'check', 'ellipsis', 'loader-circle', 'moon', 'sun', 'x'].map(name => `lucide:${name}`)

export default defineNuxtConfig({
  extends: ['../../'],
  // Said here again: Nuxt places a layer's own folders (app/, shared/) before it has read what the layer extends.
  future: { compatibilityVersion: 4 },
  modules: ['@nuxt/ui', '@pinia/nuxt', 'nuxt-auth-utils'],
  // Every page of the app reads the member's own local database: there is nothing for a server to render,
  // and one shell that holds nobody's data is what the offline issue will cache.
  ssr: false,
  app: { head: { htmlAttrs: { lang: 'en' } } },
  // plugins/unloaded waits for the server first.
  experimental: { emitRouteChunkError: 'manual' },
  css: ['~/assets/css/main.css'],
  ui: { fonts: false },
  icon: { provider: 'none', clientBundle: { scan: { globInclude: ['app/**/*.{vue,ts}'] }, icons: UI_ICONS }, serverBundle: 'local' },
  nitro: {
    compressPublicAssets: { gzip: true, brotli: true },
  },
  vite: {
    optimizeDeps: { exclude: ['@electric-sql/pglite'] },
    worker: { format: 'es' },
  },
})
