import { defineNuxtModule } from 'nuxt/kit'

/**
 * The pages that a signed-in person's first address opens, with their layout. As separate files they and their parts were
 * sixty requests of a kilobyte each, one generation after the other, over the six connections of HTTP/1.1.
 */
const FIRST_PAGES = /\/app\/(?:layouts\/default|pages\/c\/\[company\](?:\/index|\/w\/\[workspace\])?)\.vue$/

/** What a browser loads, and when. */
export default defineNuxtModule({
  meta: { name: 'loading' },
  setup(_options, nuxt) {
    nuxt.hook('vite:extendConfig', (config, { isClient }) => {
      if (!isClient || nuxt.options.dev) return
      const output = config.build?.rollupOptions?.output
      if (!output || Array.isArray(output)) throw new Error('The client build has one output that its chunks are named in.')
      // By itself Rollup puts all that a named module imports into the module's chunk, whatever is used of it.
      output.onlyExplicitManualChunks = true
      let first: Set<string> | undefined
      output.manualChunks = (id, { getModuleIds, getModuleInfo }) => {
        first ??= reach([...getModuleIds()].filter(one => FIRST_PAGES.test(one)), one => getModuleInfo(one)?.importedIds ?? [])
        return first.has(id) ? 'first-pages' : undefined
      }
    })

    // A prefetch of every other page takes the same connections; a link loads its page when it comes into view.
    nuxt.hook('build:manifest', (manifest) => {
      for (const file of Object.values(manifest)) file.prefetch = false
    })
  },
})

/** These modules and all that they import statically. */
function reach(from: string[], importsOf: (id: string) => readonly string[]): Set<string> {
  const reached = new Set<string>()
  for (const waiting = [...from]; waiting.length > 0;) {
    const id = waiting.pop()!
    if (reached.has(id)) continue
    reached.add(id)
    waiting.push(...importsOf(id))
  }
  return reached
}
