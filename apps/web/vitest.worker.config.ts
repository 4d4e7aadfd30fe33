import { defineConfig } from 'vitest/config'
import { TAGS } from '../../scripts/lib/soak-tag.mjs'

/** The worker's tests: message sequences on a real PGlite, and the bundle in a real browser. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    // The form's too: it runs in browsers as the worker does, with nothing of the app.
    include: ['test/worker/**/*.test.ts', 'test/form/**/*.test.ts'],
    tags: TAGS,
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two of them fill two cores: a browser or a PGlite each.
    maxWorkers: 2,
    // PGlite's wasm compiled once and not again: a sixth less CPU for processes as short as these.
    execArgv: ['--liftoff-only'],
  },
})
