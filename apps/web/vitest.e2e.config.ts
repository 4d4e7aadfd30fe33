import { defineConfig } from 'vitest/config'

// Browser tests: the built app, a real PostgreSQL and a real Chromium, each file with a stack of its own. Two files at a
// time: a scene waits more than it computes.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/e2e/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
  },
})
