import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'
import { FORM_PAGES } from './shared/leads/form'
import { COLOURS } from './shared/styles/colours'
import { engineFiles } from './modules/shell/engine-files'

/** Where the files are that the form takes input without. */
const LATER = '_later/[name]-[hash].js'
const engine = engineFiles()

/** PGlite's wasm and data as the app's worker has them, in place of copies of 15 MB. */
const sharedEngine = (): Plugin => ({
  name: 'shared-engine', enforce: 'pre',
  transform: (code, id) => id.includes('@electric-sql/pglite/dist')
    ? code.replaceAll(/new URL\("(?:\.\/)?([\w.]+)",\s*import\.meta\.url\)/g, (whole, name: string) => engine[name] ? `new URL("${engine[name].url}",location.origin)` : whole)
    : undefined,
})

/** The public form: a program of its own, because the app's is twice as long as a form at a stand may take. */
export default defineConfig(({ mode }) => ({
  root: join(import.meta.dirname, 'form'), base: FORM_PAGES, logLevel: 'warn', publicDir: false,
  // Its settings for types extend those that Nuxt writes, which are not there before the app is prepared, and say nothing of what is emitted.
  esbuild: { tsconfigRaw: '{}' },
  define: { FORM_DEVELOPMENT: JSON.stringify(mode === 'development') },
  plugins: [vue(), ui({ ui: { colors: COLOURS }, colorMode: false, autoImport: { dts: false }, components: { dts: false } })],
  // A short name of a company has no underscore.
  build: { outDir: join(import.meta.dirname, 'public', FORM_PAGES), emptyOutDir: true, assetsDir: '_assets', target: 'es2022', modulePreload: false, rollupOptions: { output: { chunkFileNames: LATER } } },
  worker: { format: 'es', plugins: () => [sharedEngine()], rollupOptions: { output: { entryFileNames: LATER, chunkFileNames: LATER } } },
}))
