import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ENTRIES } from '../../apps/web/test/bench/entries'
import { atLeast, atMost, figure, median, percentile } from '../../apps/web/test/bench/figure'

const measured = { name: 'a figure', value: 30, unit: 'ms', baseline: 20 }

test.each([
  { goal: atMost(1.5, 'ratio'), says: 'ratio <= 1.5', met: true },
  { goal: atMost(1.4, 'ratio'), says: 'ratio <= 1.4', met: false },
  { goal: atLeast(1.5, 'ratio'), says: 'ratio >= 1.5', met: true },
  { goal: atLeast(31), says: 'value >= 31', met: false },
  { goal: atMost(30), says: 'value <= 30', met: true },
])('a goal is judged by what it names: $says', ({ goal, says, met }) => {
  expect(figure({ ...measured, goal })).toMatchObject({ ratio: 1.5, goal: says, met })
})

test('a promise about a ratio is not met where there is no baseline to hold it to', () => {
  expect(figure({ name: 'alone', value: 1, unit: 's', goal: atMost(2, 'ratio') })).toMatchObject({ baseline: null, ratio: null, met: false })
})

test('what was not measured is an error and never a figure', () => {
  expect(() => figure({ ...measured, value: median([]) })).toThrow('a figure was not measured')
  expect(() => figure({ ...measured, baseline: Number.NaN })).toThrow('a figure was not measured')
})

test('a median is the middle, also between two, and a percentile stands between its neighbours in proportion', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), percentile([0, 10, 20], 95)]).toEqual([2, 2.5, 19])
})

test('docs/performance.md explains each entry of the bench, and none that is not there any more', () => {
  const parts = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8').split(/^## /m)
  const table = parts.find(part => part.startsWith('What each figure is')) ?? ''
  const explained = [...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name)
  expect([...new Set(explained)].toSorted()).toEqual(Object.keys(ENTRIES).toSorted())
})
