import { defineNuxtModule } from 'nuxt/kit'

/**
 * The pages that a signed-in person's first address opens, with their layout. As separate files they and their parts were
 * sixty requests of a kilobyte each, one generation after the other, over the six connections of HTTP/1.1.
 */
const FIRST_PAGES = /\/app\/(?:layouts\/default|pages\/c\/\[company\](?:\/index|\/w\/\[workspace\])?)\.vue$/

/**
 * Parts of the headless library that are used only by what opens: menus, dialogs, selects, toasts. Everything of it comes
 * through one index file, so that by the graph alone every page needs all of it.
 */
const WHEN_OPENED = /\/reka-ui\/dist\/(?!index|Primitive\/|shared\/(?:useForward|useEmitAsProps|renderSlotFragments))|\/@floating-ui\/|\/aria-hidden\//

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
        if (WHEN_OPENED.test(id)) return 'when-opened'
        first ??= reach([...getModuleIds()].filter(one => FIRST_PAGES.test(one)), one => getModuleInfo(one)?.importedIds ?? [])
        return first.has(id) ? 'first-pages' : undefined
      }
    })

    // What a first page would need of the other part would be loaded before it, all of it, and nobody would notice.
    nuxt.hook('build:manifest', (manifest) => {
      for (const file of Object.values(manifest)) {
        if (!['first-pages', 'entry'].includes(file.name ?? '')) continue
        if (file.imports?.some(one => manifest[one]?.name === 'when-opened')) throw new Error(`${file.name} needs the parts that load when something opens.`)
      }
    })

    // A prefetch of every other page takes the same connections; a link loads its page when it comes into view.
    nuxt.hook('build:manifest', (manifest) => {
      for (const file of Object.values(manifest)) file.prefetch = false
    })
  },
})

/** These modules and all that they import, without what is loaded when it opens. */
function reach(from: string[], importsOf: (id: string) => readonly string[]): Set<string> {
  const reached = new Set<string>()
  for (const waiting = [...from]; waiting.length > 0;) {
    const id = waiting.pop()!
    if (reached.has(id) || WHEN_OPENED.test(id)) continue
    reached.add(id)
    waiting.push(...importsOf(id))
  }
  return reached
}
