import { defineConfig } from 'vitest/config'
import { TAGS } from '../../scripts/lib/soak-tag.mjs'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    tags: TAGS,
    // Each file starts servers of its own; the machine has few cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
