import { defineVitestConfig } from '@nuxt/test-utils/config'
import { TAGS } from '../../scripts/lib/soak-tag.mjs'

/** The page's tests: composables and components in the Nuxt environment, named reads on a real PGlite. */
export default defineVitestConfig({
  root: import.meta.dirname,
  // `pnpm soak:guards` runs these in a copy of the tree whose packages are linked from here. Nothing is served.
  server: { fs: { strict: false } },
  test: {
    include: ['test/app/**/*.test.ts'],
    tags: TAGS,
    environment: 'nuxt',
    environmentOptions: { nuxt: { domEnvironment: 'happy-dom' } },
    setupFiles: ['test/app/support/browser-parts.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // PGlite's wasm compiled once and not again by the slower compiler, which a file's few queries never pay back (185 s became 133).
    execArgv: ['--liftoff-only'],
  },
})
