import { join } from 'node:path'
import { build } from 'esbuild'
import { defineNuxtModule } from 'nuxt/kit'

/** Puts `head-start/` into the page as an inline script: a file of its own would come no sooner than the app's. */
export default defineNuxtModule({
  meta: { name: 'head-start' },
  async setup(_options, nuxt) {
    const { outputFiles: [script] } = await build({
      entryPoints: [join(nuxt.options.rootDir, 'head-start/main.ts')],
      bundle: true, write: false, format: 'iife', minify: true, platform: 'browser', target: 'es2022',
    })
    nuxt.options.app.head.script = [
      ...nuxt.options.app.head.script ?? [],
      // Before the files of the app are named: while they come, nothing else is done.
      { key: 'head-start', innerHTML: script?.text.trim() ?? '', tagPriority: 'critical' },
    ]
  },
})
