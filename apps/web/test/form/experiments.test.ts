import { effectScope } from 'vue'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { askedVariant } from '../../form/session/asked-variant'
import { draw, limitVariants } from '../../form/session/experiments'
import { Session, type SessionOptions } from '../../form/session/session'
import { useExperiment } from '../../form/session'
import { sentLead } from '../../shared/leads/lead'

afterEach(() => vi.unstubAllGlobals())

/** Nothing here asks a database: what is drawn is known before there is one. */
const session = (options: Partial<SessionOptions> = {}) => new Session({ open: () => new Promise(() => {}), ...options })

/** Numbers from 0 to below 1 that look like chance and are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How far counts are from what is expected of them (Pearson's chi-squared). */
const distance = (counts: readonly number[], expected: readonly number[]) => counts.reduce((sum, count, n) => sum + (count - (expected[n] ?? Number.NaN)) ** 2 / (expected[n] ?? Number.NaN), 0)

function drawn(variants: Parameters<typeof draw>[1], times: number, names: readonly string[]): number[] {
  const random = seeded(7)
  const results = Array.from({ length: times }, () => draw('headline', variants, { random }))
  expect(results.filter(name => !names.includes(name))).toEqual([])
  return names.map(name => results.filter(one => one === name).length)
}

describe('drawing', () => {
  test('of names is uniform', () => {
    const names = ['a', 'b', 'c', 'd']
    // 16.27: three degrees of freedom, exceeded by chance once in a thousand.
    expect(distance(drawn(names, 20_000, names), [5_000, 5_000, 5_000, 5_000])).toBeLessThan(16.27)
  })

  test('of weights is by the weights, whatever they sum up to, and never what has none', () => {
    const names = ['often', 'seldom', 'never', 'rest']
    const [often = 0, seldom = 0, never, rest = 0] = drawn({ often: 7, seldom: 0.5, never: 0, rest: 2.5 }, 20_000, names)
    expect(never).toBe(0)
    // 13.82: two degrees of freedom.
    expect(distance([often, seldom, rest], [14_000, 1_000, 5_000])).toBeLessThan(13.82)
  })

  test.each([[0, 'a'], [0.499999, 'a'], [0.5, 'b'], [0.999999, 'b'], [1, 'b']])('at %d is %s of two', (random, name) => {
    expect(draw('headline', ['a', 'b'], { random: () => random })).toBe(name)
    expect(draw('headline', { none: 0, a: 0.1, b: 0.1, last: 0 }, { random: () => random })).toBe(name)
  })

  test('gives what was asked for, where there is such a one', () => {
    const how = { random: () => 0 }
    expect(draw('headline', ['a', 'b'], { ...how, asked: 'b' })).toBe('b')
    expect(draw('headline', { a: 1, b: 0 }, { ...how, asked: 'b' })).toBe('b')
    expect(draw('headline', ['a', 'b'], { ...how, asked: 'c' })).toBe('a')
    expect(draw('headline', { a: 1 }, { ...how, asked: 'constructor' })).toBe('a')
  })

  test.each<[string, string, Parameters<typeof draw>[1]]>([
    ['no variants', 'headline', []], ['no weight', 'headline', { a: 0 }], ['a weight below zero', 'headline', { a: -1, b: 2 }], ['a weight that is none', 'headline', { a: Number.NaN }],
    ['an endless weight', 'headline', { a: Infinity }], ['a name with a colon', 'head:line', ['a']], ['a variant with a comma', 'headline', ['a,b']], ['a long name', 'x'.repeat(41), ['a']], ['no name', '', ['a']],
  ])('of %s is refused', (_, name, variants) => {
    expect(() => draw(name, variants, { random: () => 0 })).toThrow(TypeError)
  })
})

describe('in development', () => {
  const address = (search: string) => vi.stubGlobal('location', { search })

  test('the address chooses, and in production it does not', () => {
    address('?x=1&experiment.headline=b')
    expect(askedVariant('headline')).toBeUndefined()
    vi.stubGlobal('FORM_DEVELOPMENT', false)
    expect(askedVariant('headline')).toBeUndefined()
    vi.stubGlobal('FORM_DEVELOPMENT', true)
    expect(askedVariant('headline')).toBe('b')
    expect(askedVariant('other')).toBeUndefined()
    expect(session({ asked: askedVariant, random: () => 0 }).variantOf('headline', ['a', 'b'])).toBe('b')
  })
})

describe('useExperiment', () => {
  test('has its variant at once, sticks to it, and draws anew for the next visitor', async () => {
    const draws = [0.9, 0.1, 0.6]
    const one = session({ random: () => draws.shift() ?? 0 })
    const scope = effectScope()
    const [first, second] = scope.run(() => [useExperiment('headline', ['a', 'b'], one), useExperiment('headline', ['a', 'b'], one)]) ?? []
    expect([first?.value, second?.value]).toEqual(['b', 'b'])
    expect(draws).toHaveLength(2)
    expect(await one.visit()).toEqual({ score: 0, variant: 'headline:b' })
    one.renew()
    expect([first?.value, second?.value]).toEqual(['a', 'a'])
    scope.stop()
    one.renew()
    expect(first?.value).toBe('a')
    expect(draws, 'what is gone draws nothing').toHaveLength(1)
  })

  test('of another name is another draw', () => {
    const draws = [0.9, 0.1]
    const one = session({ random: () => draws.shift() ?? 0 })
    expect([one.variantOf('headline', ['a', 'b']), one.variantOf('button', ['a', 'b']), one.variantOf('headline', ['a', 'b'])]).toEqual(['b', 'a', 'b'])
  })
})

test('experiments travel in one text that the server takes, whole ones only', () => {
  expect(limitVariants(new Map())).toBeNull()
  expect(limitVariants(new Map([['headline', 'b'], ['button', 'a']]))).toBe('headline:b,button:a')
  const long = 'x'.repeat(40)
  const text = limitVariants(new Map([[long, long], ['y'.repeat(20), 'b'], ['z', 'c']]))
  expect(text).toBe(`${long}:${long},z:c`)
  expect(sentLead.shape.variant.parse(text)).toBe(text)
})
