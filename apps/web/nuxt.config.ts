export default defineNuxtConfig({
  extends: ['../../'],
  modules: ['@nuxt/ui', '@pinia/nuxt', 'nuxt-auth-utils'],
  // Every page of the app reads the member's own local database: there is nothing for a server to render,
  // and one shell that holds nobody's data is what the offline issue will cache.
  ssr: false,
  css: ['~/assets/css/main.css'],
  ui: { fonts: false },
  icon: { provider: 'none', clientBundle: { scan: true }, serverBundle: 'local' },
  nitro: {
    compressPublicAssets: { gzip: true, brotli: true },
  },
  vite: {
    optimizeDeps: { exclude: ['@electric-sql/pglite'] },
    worker: { format: 'es' },
  },
})
