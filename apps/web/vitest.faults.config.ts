import { defineConfig } from 'vitest/config'
import { TAGS } from '../../scripts/lib/soak-tag.mjs'

// Stories of faults: the worker's code in Node against the real server, and real browsers.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/faults/**/*.test.ts'],
    tags: TAGS,
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    // PGlite's wasm compiled once and not again: a sixth less CPU for processes as short as these.
    execArgv: ['--liftoff-only'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
