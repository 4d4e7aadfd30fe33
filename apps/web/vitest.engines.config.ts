import { defineConfig } from 'vitest/config'

// Browser tests in other engines than Chromium: the built app, a real PostgreSQL, and Firefox and WebKitGTK from the system.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/engines/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    retry: 0,
  },
})
