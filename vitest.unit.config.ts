import { defineConfig } from 'vitest/config'
import { TAGS } from './scripts/lib/soak-tag.mjs'

// What needs no server, no database and no browser.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/unit/**/*.test.ts'],
    tags: TAGS,
    environment: 'node',
  },
})
