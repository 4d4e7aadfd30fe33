import { defineConfig } from 'vitest/config'
import { TAGS } from './scripts/lib/soak-tag.mjs'

// The commands as a person types them, on the built app. One file at a time: most of them start a whole stack.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/commands/**/*.test.ts'],
    tags: TAGS,
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
