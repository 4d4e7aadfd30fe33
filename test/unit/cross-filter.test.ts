import { describe, expect, it } from 'vitest'
import { crossFilter, type Chosen } from '../../apps/web/app/utils/figures/cross-filter'
import { cubeOf, NONE, type Kind } from '../../apps/web/app/utils/figures/cube'
import { binsOf, dayNumber, dayText } from '../../apps/web/app/utils/figures/days'
import { filtersOf, isFiltered, queryOf, toggled, toggledDays, unfiltered } from '../../apps/web/app/utils/figures/filters'
import { rateOf } from '../../apps/web/app/utils/figures/interval'

const DIMENSIONS = ['source', 'status'] as const
type Dimension = typeof DIMENSIONS[number]

/** The same numbers each time, spread like chance. */
function* spread(): Generator<number> {
  for (let seed = 7; ;) yield (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
}
const chance = spread()
const below = (bound: number) => Math.floor((chance.next().value as number) * bound)

describe('a filter', () => {
  const kinds: Kind[] = ['form', 'fair', null].flatMap(source => ['new', 'won', 'lost', 'open'].map(status => (
    { values: [source, status], days: Array.from({ length: 12 }, () => [100 + below(30), 1 + below(9)] as const) })))
  const cube = cubeOf(DIMENSIONS, kinds)
  const rows = kinds.flatMap(({ values, days }) => days.map(([day, count]) => ({ source: values[0] ?? NONE, status: values[1] ?? NONE, day, count })))
  const span = { first: 103, last: 126 }

  /** What one chart counts, said in the plainest way. */
  function plainly(chosen: Chosen<Dimension>, except?: Dimension | 'days') {
    return rows.filter(row => row.day >= span.first && row.day <= span.last
      && (except === 'days' || !chosen.days || (row.day >= chosen.days.first && row.day <= chosen.days.last))
      && DIMENSIONS.every(name => except === name || !chosen.values[name]?.length || chosen.values[name].includes(row[name])))
  }
  const sum = (list: typeof rows) => list.reduce((total, { count }) => total + count, 0)

  it.each<[string, Chosen<Dimension>]>([
    ['none', { values: {} }],
    ['a value', { values: { source: ['form'] } }],
    ['no value at all', { values: { source: [NONE] } }],
    ['several values', { values: { source: ['form', NONE], status: ['won', 'lost'] } }],
    ['days', { days: { first: 105, last: 111 }, values: {} }],
    ['days and values', { days: { first: 90, last: 108 }, values: { status: ['new'], source: ['fair'] } }],
    ['a value that nothing has', { values: { status: ['gone'] } }],
    ['two that nothing has', { values: { status: ['gone'], source: ['gone'] } }],
  ])('counts in each chart what the filters of all others let pass: %s', (_, chosen) => {
    const sums = crossFilter(cube, span, chosen)
    expect(sums.total).toBe(sum(plainly(chosen)))
    for (const name of DIMENSIONS) {
      expect([...sums.by[name]]).toEqual(cube.values[name].map(value => sum(plainly(chosen, name).filter(row => row[name] === value))))
    }
    expect([...sums.byDay]).toEqual(Array.from({ length: 24 }, (_, at) => sum(plainly(chosen, 'days').filter(({ day }) => day === span.first + at))))
  })
})

describe('the address', () => {
  const back = (query: ReturnType<typeof queryOf>) => filtersOf(query)

  it('keeps every filter, and says nothing where there is none', () => {
    let filters = filtersOf({})
    expect(isFiltered(filters)).toBe(false)
    expect(queryOf(filters)).toEqual({})
    filters = toggledDays(toggled(toggled({ ...filters, period: 0, asTables: true }, 'variant', NONE), 'variant', 'a&b=c'), { first: 20_000, last: 20_006 }, false)
    expect(back(queryOf(filters))).toEqual(filters)
    expect(queryOf(unfiltered(filters))).toEqual({ period: '0', as: 'tables' })
  })
  it('is taken as usual where it makes no sense', () => {
    expect(filtersOf({ period: '-3', from: '2026-02-30', to: '2026-03-01', as: 'x', other: 'y' })).toEqual(filtersOf({}))
    expect(filtersOf({ from: '2026-03-02', to: '2026-03-01' }).days).toBeUndefined()
    expect(filtersOf({ source: Array.from({ length: 5_000 }, (_, n) => `${n}`) }).values.source).toHaveLength(100)
  })
  it('loses a value that is chosen twice, and days likewise', () => {
    const filters = filtersOf({ source: 'form' })
    expect(toggled(toggled(filters, 'score', '2'), 'score', '2')).toEqual(filters)
    const days = { first: 10, last: 10 }
    expect(toggledDays(toggledDays(filters, days, false), days, false)).toEqual(filters)
    expect(toggledDays(toggledDays(filters, days, false), { first: 4, last: 4 }, true).days).toEqual({ first: 4, last: 10 })
  })
})

describe('bars of days', () => {
  it.each([1, 30, 90, 93, 94, 365, 651, 652, 1_900])('hold each of %i days once', (length) => {
    const first = dayNumber('2026-01-30') as number
    const { bins } = binsOf({ first, last: first + length - 1 })
    expect(bins.length).toBeLessThanOrEqual(94)
    expect(bins.flatMap(bin => Array.from({ length: bin.last - bin.first + 1 }, (_, n) => bin.first + n))).toEqual(Array.from({ length }, (_, n) => first + n))
  })
  it('begin weeks on Mondays and months on the first', () => {
    const first = dayNumber('2026-01-30') as number
    expect(dayText(binsOf({ first, last: first + 364 }).bins[1]?.first ?? 0)).toBe('2026-02-02')
    expect(dayText(binsOf({ first, last: first + 1_900 }).bins[1]?.first ?? 0)).toBe('2026-02-01')
  })
})

describe('the interval of a share', () => {
  // Wilson's, without the correction for continuity; of R's prop.test(x, n, correct = FALSE).
  it.each([[10, 100, 0.0552, 0.1744], [0, 3, 0, 0.5615], [3, 3, 0.4385, 1], [1, 2, 0.0945, 0.9055], [500, 1_000, 0.4691, 0.5309]])('of %i among %i', (won, all, low, high) => {
    const rate = rateOf(won, all)
    expect([rate.low, rate.high].map(bound => Number(bound.toFixed(4)))).toEqual([low, high])
  })
  it('says nothing of none', () => {
    expect(rateOf(0, 0)).toMatchObject({ low: 0, high: 1 })
  })
})
