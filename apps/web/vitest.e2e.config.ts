import { defineConfig } from 'vitest/config'
import { TAGS } from '../../scripts/lib/soak-tag.mjs'

// Browser tests: the built app, a real PostgreSQL and a real Chromium, each file with a stack of its own. Two files at
// once take three fifths of the time of one after the other; more are more than two cores carry within the scenes' time.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/e2e/**/*.test.ts'],
    tags: TAGS,
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
  },
})
