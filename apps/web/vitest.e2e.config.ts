import { defineConfig } from 'vitest/config'

// Browser tests: the built app, a real PostgreSQL and a real Chromium. One file and one stack for the whole run.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/e2e/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
  },
})
