import type { PGlite } from '@electric-sql/pglite'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { getSessionScore, recordEvent, recordPageView, tabSession } from '../../form/session'
import { SCORE_RULES, scoreOf } from '../../form/session/rules'
import { Session, type SessionOptions } from '../../form/session/session'
import { SessionTables, type SessionDatabase } from '../../form/session/tables'
import { newPGlite } from '../support/new-pglite'

/** One for all of them, empty for each: an own one costs a second. */
let pglite: PGlite
beforeAll(async () => { pglite = await newPGlite() })
afterAll(() => pglite.close())
afterEach(() => vi.restoreAllMocks())

async function empty(): Promise<SessionDatabase> {
  await pglite.exec('drop table if exists page_views, events')
  return { query: (sql, params) => pglite.query(sql, params), exec: sql => pglite.exec(sql), close: () => Promise.resolve() }
}
const session = (options: Partial<SessionOptions> = {}) => new Session({ open: empty, ...options })
const quietly = () => vi.spyOn(console, 'warn').mockImplementation(() => undefined)

/** A database that cannot be had: what the page remembers is all there is. */
const nowhere = () => Promise.reject(new Error('no wasm here'))

async function opened(options: Partial<SessionOptions> = {}): Promise<{ one: Session, database: SessionDatabase }> {
  const one = session(options)
  const database = await one.settled()
  if (!database) throw new Error('there is no database')
  return { one, database }
}
const rows = async (database: SessionDatabase, sql: string) => (await database.query<Record<string, unknown>>(sql)).rows

/** Every row of the rules, and what lies beside it: page views, events in their order, the score. */
const SCORES: readonly [views: number, events: readonly string[], score: number][] = [
  [0, [], 0], [1, [], 0], [2, [], 0], [3, [], 10], [4, [], 10], [5, [], 20], [6, [], 20], [50, [], 20],
  [0, ['phone_click'], 30], [0, ['form_start'], 15], [0, ['booking_click'], 25],
  [0, ['phone_click', 'phone_click', 'phone_click'], 30], [0, ['form_start', 'form_start'], 15], [0, ['booking_click', 'booking_click'], 25],
  [0, ['phone_click', 'form_start'], 45], [0, ['phone_click', 'booking_click'], 55], [0, ['form_start', 'booking_click', 'form_start'], 40],
  [2, ['form_start'], 15], [3, ['form_start'], 25], [5, ['form_start'], 35],
  [0, ['scroll', 'PHONE_CLICK', 'phone_click ', '', 'constructor', '__proto__'], 0], [3, ['scroll', 'phone_click'], 40],
  [2, ['phone_click', 'form_start', 'booking_click'], 70], [3, ['phone_click', 'form_start', 'booking_click'], 80],
  [5, ['booking_click', 'form_start', 'phone_click', 'scroll', 'phone_click'], 90],
]

describe('the score', () => {
  test('of every case is what the rules say, by the tables and by what the page remembers', async () => {
    quietly()
    const { one } = await opened()
    for (const [views, events, score] of SCORES) {
      one.renew()
      const without = session({ open: nowhere })
      for (const each of [one, without]) {
        for (let n = 0; n < views; n++) each.recordPageView('/f/acme')
        for (const type of events) each.recordEvent(type)
      }
      const database = await one.settled()
      if (!database) throw new Error('there is no database')
      const counted = await new SessionTables(database).score()
      expect([views, events, counted, await one.getSessionScore(), await without.getSessionScore()]).toEqual([views, events, score, score, score])
      expect(await without.settled()).toBeUndefined()
    }
  })

  test('is 100 at most, where rules give more', async () => {
    const { one, database } = await opened()
    for (const { more, score } of [{ more: 10, score: 100 }, { more: 9, score: 99 }, { more: 11, score: 100 }, { more: 500, score: 100 }]) {
      const rules = [...SCORE_RULES, { event: 'more', points: more }]
      one.renew()
      for (let n = 0; n < 5; n++) one.recordPageView('/')
      const types = ['phone_click', 'form_start', 'booking_click', 'more']
      for (const type of types) one.recordEvent(type)
      await one.settled()
      expect(await new SessionTables(database).score(rules)).toBe(score)
      expect(scoreOf({ views: 5, types: new Set(types) }, rules)).toBe(score)
    }
  })

  test('is the tables’ where they are there: a fact in them counts, whoever wrote it', async () => {
    const { one, database } = await opened()
    one.recordEvent('form_start')
    await database.query('insert into events (type, occurred_at) values ($1, now())', ['phone_click'])
    expect(await one.getSessionScore()).toBe(45)
  })

  test('comes soon where the database has stopped answering', async () => {
    const { one, database } = await opened()
    one.recordEvent('booking_click')
    await one.settled()
    vi.spyOn(database, 'query').mockReturnValue(new Promise(() => {}))
    one.recordEvent('form_start')
    const before = performance.now()
    expect(await one.getSessionScore()).toBe(40)
    expect(performance.now() - before).toBeLessThan(2_000)
  })
})

describe('the tables', () => {
  test('are the two that are asked for, and hold what was noted, when it was', async () => {
    let now = Date.parse('2026-01-02T03:04:05.678Z')
    const { one, database } = await opened({ now: () => now })
    one.recordPageView('/f/acme')
    now += 1_000
    one.recordEvent('phone_click', { number: '+49 30 1', from: ['head', { deep: null }] })
    one.recordEvent('text', 'just a "text"')
    one.recordEvent('none')
    await one.settled()
    const columns = await rows(database, `select table_name || '.' || column_name || ' ' || data_type as one from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position`)
    expect(columns.map(({ one: column }) => column)).toEqual([
      'events.id bigint', 'events.type text', 'events.payload jsonb', 'events.occurred_at timestamp with time zone',
      'page_views.id bigint', 'page_views.pathname text', 'page_views.viewed_at timestamp with time zone',
    ])
    expect(await rows(database, 'select id, pathname, viewed_at from page_views')).toEqual([{ id: 1, pathname: '/f/acme', viewed_at: new Date('2026-01-02T03:04:05.678Z') }])
    expect(await rows(database, 'select id, type, payload, occurred_at from events order by id')).toEqual([
      { id: 1, type: 'phone_click', payload: { number: '+49 30 1', from: ['head', { deep: null }] }, occurred_at: new Date('2026-01-02T03:04:06.678Z') },
      { id: 2, type: 'text', payload: 'just a "text"', occurred_at: new Date('2026-01-02T03:04:06.678Z') },
      { id: 3, type: 'none', payload: null, occurred_at: new Date('2026-01-02T03:04:06.678Z') },
    ])
  })

  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  test.each<[string, string, unknown]>([
    ['a NUL', 'phone_click', { text: 'a\0b' }], ['a NUL in a name', 'phone_click', { 'a\0': 1 }], ['half of a surrogate pair', 'phone_click', '\uD800'],
    ['a circle', 'phone_click', circle], ['a number too long for JSON', 'phone_click', 1n], ['nothing', 'phone_click', undefined], ['a function', 'phone_click', () => 1],
    ['SQL', 'phone_click', '\'); drop table events; --'],
  ])('a payload of %s loses no event', async (_, type, payload) => {
    const { one, database } = await opened()
    one.recordEvent(type, payload)
    one.recordEvent('form_start')
    expect(await one.settled()).toBe(database)
    expect((await rows(database, 'select type from events order by id')).map(row => row['type'])).toEqual(['phone_click', 'form_start'])
    expect(await one.getSessionScore()).toBe(45)
  })

  test('a payload is noted as it was, whatever becomes of it', async () => {
    const { one, database } = await opened()
    const payload = { at: 'first' }
    one.recordEvent('scroll', payload)
    payload.at = 'later'
    await one.settled()
    expect(await rows(database, 'select payload from events')).toEqual([{ payload: { at: 'first' } }])
  })

  test('a type or a path that no text of PostgreSQL can be is noted all the same', async () => {
    const { one, database } = await opened()
    one.recordPageView('/f/\0')
    one.recordEvent('a\uDC00')
    expect(await one.settled()).toBe(database)
    expect(await rows(database, 'select pathname from page_views')).toEqual([{ pathname: '/f/\uFFFD' }])
    expect(await rows(database, 'select type from events')).toEqual([{ type: 'a\uFFFD' }])
  })
})

describe('before the database is there', () => {
  test('what is noted waits, loses nothing and keeps its order, and a score is there at once', async () => {
    let arrive = (_: SessionDatabase) => {}
    const one = session({ open: () => new Promise((resolve) => { arrive = resolve }) })
    const expected: string[] = []
    for (let n = 0; n < 200; n++) {
      one.recordEvent(`scroll_${n}`, { n })
      expected.push(`scroll_${n}`)
    }
    for (let n = 0; n < 3; n++) one.recordPageView(`/page/${n}`)
    one.recordEvent('form_start')
    expect(await one.getSessionScore()).toBe(25)
    expect(await one.visit()).toEqual({ score: 25, variant: null })
    arrive(await empty())
    one.recordEvent('phone_click')
    const database = await one.settled()
    if (!database) throw new Error('there is no database')
    expect((await rows(database, 'select type from events order by id')).map(({ type }) => type)).toEqual([...expected, 'form_start', 'phone_click'])
    expect((await rows(database, 'select pathname from page_views order by id')).map(({ pathname }) => pathname)).toEqual(['/page/0', '/page/1', '/page/2'])
    expect(await one.getSessionScore()).toBe(55)
  })

  test('a visitor who sent off before it came leaves nothing in it', async () => {
    let arrive = (_: SessionDatabase) => {}
    const one = session({ open: () => new Promise((resolve) => { arrive = resolve }) })
    one.recordEvent('phone_click', { secret: 'of the first' })
    expect(await one.visit()).toEqual({ score: 30, variant: null })
    one.renew()
    one.recordEvent('form_start')
    expect(await one.getSessionScore()).toBe(15)
    arrive(await empty())
    const database = await one.settled()
    if (!database) throw new Error('there is no database')
    expect(await rows(database, 'select id, type from events')).toEqual([{ id: 1, type: 'form_start' }])
    expect(await one.getSessionScore()).toBe(15)
  })

  test('nothing is opened before there is something to note', () => {
    const open = vi.fn(nowhere)
    session({ open })
    expect(open).not.toHaveBeenCalled()
  })
})

describe('where the tables miss a fact', () => {
  test('what is remembered counts, until the next visitor’s begins', async () => {
    const { one, database } = await opened()
    vi.spyOn(database, 'query').mockRejectedValueOnce(new Error('out of memory'))
    one.recordEvent('phone_click')
    one.recordEvent('form_start')
    expect(await one.settled()).toBeUndefined()
    expect(await one.getSessionScore()).toBe(45)
    one.renew()
    one.recordEvent('form_start')
    expect(await one.settled()).toBe(database)
    expect(await one.getSessionScore()).toBe(15)
  })
})

describe('the next visitor', () => {
  test('begins with nothing: no score, no row, no variant of the last one', async () => {
    const drawn = [0.1, 0.9]
    const { one, database } = await opened({ random: () => drawn.shift() ?? 0 })
    one.recordPageView('/')
    one.recordEvent('phone_click')
    one.variantOf('headline', ['a', 'b'])
    expect(await one.visit()).toEqual({ score: 30, variant: 'headline:a' })
    one.renew()
    expect(await one.visit()).toEqual({ score: 0, variant: null })
    expect(await rows(database, 'select * from page_views union all select id, type, occurred_at from events')).toEqual([])
    expect(one.variantOf('headline', ['a', 'b'])).toBe('b')
    expect(await one.visit()).toEqual({ score: 0, variant: 'headline:b' })
  })

  test('does not change what the last one’s lead takes along', async () => {
    const { one } = await opened()
    one.recordEvent('phone_click')
    one.variantOf('headline', ['a'])
    const visit = one.visit()
    one.renew()
    one.recordEvent('booking_click')
    expect(await visit).toEqual({ score: 30, variant: 'headline:a' })
    expect(await one.visit()).toEqual({ score: 25, variant: null })
  })

  test('what happens once a visit is noted once a visit', async () => {
    const { one, database } = await opened()
    for (let n = 0; n < 5; n++) one.recordFirst('form_start')
    await one.settled()
    expect(await rows(database, 'select type from events')).toEqual([{ type: 'form_start' }])
    one.renew()
    one.recordFirst('form_start')
    expect(await one.getSessionScore()).toBe(15)
  })
})

test('by the names that pages call it by, a Node program has a session too, on PGlite', async () => {
  for (let n = 0; n < 3; n++) recordPageView('/f/acme')
  recordEvent('form_start', { field: 'name' })
  expect(await getSessionScore()).toBe(25)
  const database = await tabSession.settled()
  if (!database) throw new Error('there is no database')
  expect(await rows(database, 'select (select count(*)::int from page_views) as views, (select count(*)::int from events) as events')).toEqual([{ views: 3, events: 1 }])
  expect(await getSessionScore()).toBe(25)
  await tabSession.close()
})
