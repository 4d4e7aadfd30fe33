// What every app of the workspace shares; apps/web extends it as a Nuxt layer.
export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  future: { compatibilityVersion: 4 },
  telemetry: { enabled: false },
  devtools: { enabled: false },
  typescript: { strict: true },
  sourcemap: { client: false, server: true },
})
