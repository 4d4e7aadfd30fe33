import { defineConfig } from 'vitest/config'

// What needs no server, no database and no browser.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/unit/**/*.test.ts'],
    environment: 'node',
  },
})
