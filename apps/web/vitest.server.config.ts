import { defineConfig } from 'vitest/config'
import { TAGS } from '../../scripts/lib/soak-tag.mjs'

// The built server on a real PostgreSQL and the embedded sync service: one stack for all files.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/server/**/*.test.ts', 'test/catalogue/**/*.test.ts'],
    tags: TAGS,
    environment: 'node',
    pool: 'forks',
    // Each file has companies, people and a server of its own, and most of its time is waiting.
    maxWorkers: 3,
    globalSetup: ['test/server/support/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})
