import { defineConfig } from 'vitest/config'

// Stories of faults: the worker's code in Node against the real server, and real browsers.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/faults/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
