import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { join } from 'node:path'
import { defineConfig } from 'vite'
import { FORM_PAGES } from './shared/leads/form'
import { COLOURS } from './shared/styles/colours'

/** The public form: a program of its own, because the app's is twice as long as a form at a stand may take. */
export default defineConfig({
  root: join(import.meta.dirname, 'form'), base: FORM_PAGES, logLevel: 'warn', publicDir: false,
  // Its settings for types extend those that Nuxt writes, which are not there before the app is prepared, and say nothing of what is emitted.
  esbuild: { tsconfigRaw: '{}' },
  plugins: [vue(), ui({ ui: { colors: COLOURS }, colorMode: false, autoImport: { dts: false }, components: { dts: false } })],
  // A short name of a company has no underscore.
  build: { outDir: join(import.meta.dirname, 'public', FORM_PAGES), emptyOutDir: true, assetsDir: '_assets', target: 'es2022', modulePreload: false },
})
