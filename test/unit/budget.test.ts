import { expect, test } from 'vitest'
import { timeSaid } from '../../scripts/lib/budget.mjs'

const MINUTE = 60_000

test('a run within its budget says its time and nothing of a budget', () => {
  expect(timeSaid(14 * MINUTE)).toEqual(['All stages: 840.0 s'])
})

test('a run over its budget says so on a line of its own, with by how much', () => {
  expect(timeSaid(15 * MINUTE + 500)).toEqual(['All stages: 900.5 s', 'OVER BUDGET: 60.5 s more than the 14 minutes that all stages may take.'])
})
