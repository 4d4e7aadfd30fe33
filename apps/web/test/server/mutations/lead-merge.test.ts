import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HistoryPage } from '../../../shared/history/changes'
import { leadErase, leadMerge, leadSetNotes } from '../../../shared/mutations/lead'
import { LEADS_PATH } from '../../../shared/protocol/leads'
import { until } from '../../support/wait'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { lead as formLead } from '../support/lead'
import { applied, mutate, newId } from '../support/mutations'
import { admin, join, makeCompany, makePerson, type Person } from '../support/people'
import { makeLead } from '../support/places'

let sql: pg.Pool
let app: App
let company: string
let ada: Person
let browser: Browser
let colleague: Browser
let [a, b, c] = ['', '', '']

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  ada = await makePerson(sql, 'Ada')
  browser = await Browser.signedIn(app, ada)
})
beforeEach(async () => {
  company = await makeCompany(sql, ada)
  await sql.query('delete from leads where company_id = $1', [company])
  const bob = await makePerson(sql, 'Bob')
  await join(sql, company, bob, 'member')
  colleague = await Browser.signedIn(app, bob)
  ;[a, b, c] = [await makeLead(sql, company, 'Lead A'), await makeLead(sql, company, 'Lead B'), await makeLead(sql, company, 'Lead C')]
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

const merge = (ids: string[], into: string | null, base?: Record<string, unknown>, by = browser) => mutate(by, leadMerge, { ids, merged_into: into }, { company, ...base && { base } })
const kept = async () => Object.fromEntries((await sql.query<{ id: string, merged_into: string | null }>('select id, merged_into from leads where company_id = $1', [company])).rows.map(row => [row.id, row.merged_into]))
const read = async <Row>(name: string, ...params: unknown[]) => {
  const answer = await browser.ask(`/api/reads/${name}?${new URLSearchParams({ params: JSON.stringify([company, ...params]) })}`)
  expect(answer.status, answer.text).toBe(200)
  return (answer.json as { rows: Row[] }).rows
}
const history = async (id: string) => ((await browser.ask(`/api/companies/${company}/history?lead=${id}`)).json as HistoryPage).changes.map(({ mutation, before, after }) => [mutation, before, after])

test('leads that are merged are listed and counted as the one, which has what was written in each; separated they are as before', async () => {
  await sql.query('update leads set variant = \'only A\' where id = $1', [a])
  const seen = async () => ({
    listed: (await read<{ id: string }>('leads', '', '', '', 0, '', '', '')).map(({ id }) => id).toSorted(),
    count: await read('lead-count'), variants: await read('lead-variants'), ofEmail: (await read<{ id: string }>('leads-of-email', c)).map(({ id }) => id).toSorted(),
    figures: JSON.stringify(await read('lead-figures', 'UTC')),
  })
  const before = await seen()
  expect(before).toMatchObject({ listed: [a, b, c].toSorted(), count: [{ leads: 3 }], variants: [{ variant: 'only A' }], ofEmail: [a, b].toSorted() })

  const result = await merge([a, b], c, { merged_into: null })
  expect(result.status === 'applied' && result.rows.map(({ id }) => id).toSorted()).toEqual([a, b].toSorted())
  expect(await seen()).toMatchObject({ listed: [c], count: [{ leads: 1 }], variants: [], ofEmail: [] })
  expect((await seen()).figures).not.toContain('only A')
  expect((await read<{ id: string, message: string }>('merged-leads', c)).map(({ id, message }) => [id, message]).toSorted()).toEqual([a, b].toSorted().map(id => [id, 'Please call me.']))
  expect(await read('lead', a)).toMatchObject([{ name: 'Lead A', merged_into: c, kept_name: 'Lead C' }])

  expect(await merge([a, b], null, { merged_into: c })).toMatchObject({ status: 'applied' })
  expect(await seen()).toEqual(before)
  expect(await read('lead', a)).toMatchObject([{ merged_into: null, kept_name: null }])
})

test('what was merged into one that is merged in turn hangs on it: it is seen in the last one, and comes off with it', async () => {
  await applied(browser, leadMerge, { ids: [a], merged_into: b }, { company })
  await applied(browser, leadMerge, { ids: [b], merged_into: c }, { company })
  expect(await kept()).toEqual({ [a]: b, [b]: c, [c]: null })
  expect((await read<{ id: string }>('merged-leads', c)).map(({ id }) => id).toSorted()).toEqual([a, b].toSorted())
  await applied(browser, leadMerge, { ids: [b], merged_into: null }, { company })
  expect((await read<{ id: string }>('merged-leads', b)).map(({ id }) => id)).toEqual([a])
})

describe('refused, with nothing changed:', () => {
  test('into itself, into one that is not there, into one that is merged itself', async () => {
    await applied(browser, leadMerge, { ids: [b], merged_into: c }, { company })
    const before = await kept()
    const sentence = { merged_into: expect.stringMatching(/^(A|The) lead .+\.$/) as string }
    expect(await merge([a, c], c)).toMatchObject({ status: 'refused', code: 'cannot_merge', fields: sentence })
    expect(await merge([a], newId())).toMatchObject({ status: 'refused', code: 'not_found', fields: sentence })
    expect(await merge([a], b)).toMatchObject({ status: 'refused', code: 'cannot_merge', fields: sentence })
    // The one that others were merged into, into one of those.
    expect(await merge([c], b)).toMatchObject({ status: 'refused', code: 'cannot_merge' })
    expect(await merge([newId()], c)).toMatchObject({ status: 'refused', code: 'not_found' })
    expect(await kept()).toEqual(before)
  })

  test('what a colleague merged elsewhere meanwhile, and then none of those that were asked for together', async () => {
    await applied(colleague, leadMerge, { ids: [a], merged_into: b }, { company, base: { merged_into: null } })
    const other = await makeLead(sql, company)
    expect(await merge([other, a], c, { merged_into: null })).toMatchObject({ status: 'refused', code: 'conflict', theirs: { merged_into: b } })
    expect(await kept()).toMatchObject({ [a]: b, [other]: null })
    expect((await history(c)), 'nor does a line say so').toEqual([])
    // The same twice is none.
    expect(await merge([a], b, { merged_into: null })).toMatchObject({ status: 'applied' })
  })
})

/** Who waits for a connection, or for one that waits for it. */
const WAITING = `with recursive waiting as (
  select pid from pg_stat_activity where $1::int = any(pg_blocking_pids(pid))
  union select a.pid from waiting w join pg_stat_activity a on w.pid = any(pg_blocking_pids(a.pid))
) select from waiting`
/** Lets two edits come to where they wait for these leads, and then go on at once. */
async function together<Result>(leads: string[], start: () => [Promise<Result>, Promise<Result>]): Promise<[Result, Result]> {
  const holder = await sql.connect()
  try {
    const { rows: [{ pid } = { pid: 0 }] } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid')
    await holder.query('begin')
    await holder.query('select from leads where id = any($1::uuid[]) order by id for update', [leads])
    const going = start()
    await until('they wait', async () => (await sql.query(WAITING, [pid])).rowCount === going.length)
    await holder.query('commit')
    return await Promise.all(going)
  }
  finally {
    holder.release()
  }
}

test('of two people who merge two leads into each other at once one is refused, and one of the two leads stays', async () => {
  for (let n = 0; n < 4; n++) {
    const results = await together([a, b], () => [merge([a], b, { merged_into: null }), merge([b], a, { merged_into: null }, colleague)])
    expect(results.map(result => result.status === 'refused' ? result.code : result.status).toSorted()).toEqual(['applied', 'cannot_merge'])
    expect((await read<{ id: string }>('leads', '', '', '', 0, '', '', '')).filter(({ id }) => id === a || id === b)).toHaveLength(1)
    await merge([a, b], null)
  }
})

test('one that goes into another while that is erased is erased with it, or stays in the list', async () => {
  for (let n = 0; n < 4; n++) {
    const [from, into] = [await makeLead(sql, company), await makeLead(sql, company)]
    const [merging, erasing] = await together([from, into], () => [merge([from], into), mutate(colleague, leadErase, { id: into }, { company })])
    expect(erasing).toMatchObject({ status: 'applied' })
    const state = await kept()
    expect(state).not.toHaveProperty(into)
    if (merging.status === 'applied') expect(state).not.toHaveProperty(from)
    else expect(state).toMatchObject({ [from]: null })
  }
})

test('the history of each says so, without the name of the other', async () => {
  await applied(browser, leadMerge, { ids: [a, b], merged_into: c }, { company })
  await applied(browser, leadMerge, { ids: [a, b], merged_into: c }, { company })
  await applied(browser, leadMerge, { ids: [a], merged_into: null }, { company })
  expect(await history(a)).toEqual([['lead.merge', { merged_into: c }, { merged_into: null }], ['lead.merge', { merged_into: null }, { merged_into: c }]])
  expect(await history(c)).toEqual([['lead.merge', { others: 1 }, {}], ['lead.merge', {}, { others: 2 }]])
  expect((await sql.query('select from auth.changes where company_id = $1 and (before::text || after::text) like \'%Lead %\'', [company])).rowCount).toBe(0)
})

test('a lead that is erased takes along what was merged into it, with all that was known of that, and the audit counts each', async () => {
  await applied(browser, leadMerge, { ids: [a], merged_into: b }, { company })
  await applied(browser, leadMerge, { ids: [b], merged_into: c }, { company })
  await applied(browser, leadSetNotes, { id: a, notes: 'A note.' }, { company })
  const other = await makeLead(sql, company)
  const result = await applied(browser, leadErase, { id: c }, { company })
  expect(result.rows.map(({ id }) => id).toSorted()).toEqual([a, b, c].toSorted())
  expect(Object.keys(await kept())).toEqual([other])
  expect((await sql.query('select from auth.changes where company_id = $1 and row_id = any($2::uuid[])', [company, [a, b, c]])).rowCount).toBe(0)
  const { rows } = await sql.query<{ lead: string }>('select subject ->> \'lead_id\' as lead from auth.audit where company_id = $1 and act = \'lead.erased\'', [company])
  expect(rows.map(({ lead }) => lead).toSorted()).toEqual([a, b, c].toSorted())
})

test('however a lead is deleted, nothing that was merged into it stays where nobody sees it', async () => {
  await applied(browser, leadMerge, { ids: [a, b], merged_into: c }, { company })
  await sql.query('delete from leads where id = $1', [c])
  expect(await kept()).toEqual({})
})

test('a visitor’s correction of a lead that is merged lands in it, and leaves it merged', async () => {
  await sql.query('update companies set settings = $2 where id = $1', [company, { form: { open: true, consent: '', privacy_url: '' } }])
  const sent = formLead()
  const form = new Browser(app)
  const bring = (one: object) => form.post(LEADS_PATH, { company, leads: [one] })
  await bring(sent)
  await applied(browser, leadMerge, { ids: [sent.id], merged_into: c }, { company })
  expect((await bring({ ...sent, version: 2, message: 'Please write to me instead.' })).json).toMatchObject({ results: [{ status: 'stored' }] })
  expect(await read('merged-leads', c)).toMatchObject([{ id: sent.id, message: 'Please write to me instead.', merged_into: c }])
})
