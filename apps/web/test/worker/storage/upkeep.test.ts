import { expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { churn } from './churn'

/** The whole week is `pnpm soak:churn`. */
const SHORT = { rows: 2_000, updates: 20_000 }

test('a week of changes leaves the database at most twice as large as its first sync', { tags: [SOAK], timeout: 120_000 }, async () => {
  const { before, after } = await churn({ ...SHORT, upkeep: true })
  expect(after / before).toBeLessThan(2)
})
