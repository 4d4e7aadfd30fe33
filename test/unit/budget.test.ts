import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { overBudget, timeSaid } from '../../scripts/lib/budget.mjs'
import { STAGES } from '../../scripts/lib/stages.mjs'

const MINUTE = 60_000

test('a run within its budget says its time and nothing of a budget', () => {
  expect(timeSaid(14 * MINUTE)).toEqual(['All stages: 840.0 s'])
})

test('a run over its budget says so on a line of its own, with by how much', () => {
  expect(timeSaid(15 * MINUTE + 500)).toEqual(['All stages: 900.5 s', 'OVER BUDGET: 60.5 s more than the 14 minutes that all stages may take.'])
})

test('a stage that outgrows its part is named, with what can be done', () => {
  expect(overBudget({ name: 'worker', budget: 100 }, 100_000)).toEqual([])
  expect(overBudget({ name: 'worker', budget: 100 }, 100_500)).toEqual(['OVER BUDGET: worker took 100.5 s of the 100 s that it may take: what is longest in it can be given the tag soak.'])
})

test('the README tells the budget of every stage as the runner holds it', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const told = [...readme.matchAll(/^\| `(\w+)` \| (\d+) s \|/gm)].map(([, name, seconds]) => ({ name, budget: Number(seconds) }))
  expect(told).toEqual(STAGES.map(({ name, budget }) => ({ name, budget })))
})
