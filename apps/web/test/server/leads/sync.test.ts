import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { leadAssign, leadSetNotes, leadSetStatus, leadSetTags } from '../../../shared/mutations/lead'
import { LEAD_BATCH, LEADS_PATH, type LeadResult, type LeadsAnswer } from '../../../shared/protocol/leads'
import { App } from '../support/app'
import { Browser, type Answer } from '../support/browser'
import { lead } from '../support/lead'
import { applied } from '../support/mutations'
import { admin, makeCompany, makePerson, type Person } from '../support/people'

let sql: pg.Pool
let app: App
let owner: Person
let stranger: Browser
let company: string

beforeAll(async () => {
  sql = admin()
  app = await App.start()
  owner = await makePerson(sql, 'Ada')
  stranger = new Browser(app)
})
beforeEach(async () => {
  await sql.query('delete from auth.attempts')
  company = await makeCompany(sql, owner)
  await sql.query('delete from leads where company_id = $1', [company])
  await openForm(company)
})
const openForm = (of: string) => sql.query('update companies set settings = $2 where id = $1', [of, { form: { open: true, consent: '', privacy_url: '' } }])
afterAll(async () => {
  await app?.stop()
  await sql?.end()
})

const ask = (leads: readonly unknown[], of = company, headers: Record<string, string> = {}): Promise<Answer> => stranger.post(LEADS_PATH, { company: of, leads }, { headers })
async function send(leads: readonly unknown[], of = company): Promise<LeadResult[]> {
  const answer = await ask(leads, of)
  expect(answer.status, answer.text).toBe(200)
  return (answer.json as LeadsAnswer).results
}
const statuses = async (leads: readonly unknown[], of = company) => (await send(leads, of)).map(({ status }) => status)
const codes = async (leads: readonly unknown[], of = company) => (await send(leads, of)).map(result => result.status === 'refused' ? result.code : result.status)
const stored = async (of = company) => (await sql.query('select id, name, email, phone, message, score, variant, source, status from leads where company_id = $1 order by created_at, id', [of])).rows
const aside = async (id: string) => (await sql.query<{ version: number, message: string }>('select version, content ->> \'message\' as message from auth.lead_versions where lead_id = $1 order by id', [id])).rows

describe('each lead is there once', () => {
  test('with all that was entered, by the short name of the company or its key, without a session', async () => {
    const [first, second] = [lead({ phone: ' +49 30 1234 ' }), lead({ name: '  Grace  ', variant: null })]
    expect(await statuses([first], `c-${company}`)).toEqual(['stored'])
    expect(await statuses([second], company.toUpperCase())).toEqual(['stored'])
    expect(await stored()).toEqual(expect.arrayContaining([
      { id: first.id, name: 'Grace', email: 'grace@example.com', phone: '+49 30 1234', message: first.message, score: 20, variant: 'b', source: 'form', status: 'new' },
      { id: second.id, name: 'Grace', email: 'grace@example.com', phone: null, message: second.message, score: 20, variant: null, source: 'form', status: 'new' },
    ]))
  })

  test('though it is sent again, after a lost answer, by two tabs at once, or twice in one request', async () => {
    const [one, other] = [lead(), lead()]
    expect(await statuses([one])).toEqual(['stored'])
    expect(await statuses([one])).toEqual(['duplicate'])
    // In two orders, so that they could wait for each other.
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => send(n % 2 ? [one, other] : [other, one])))
    expect(all.flat().filter(({ status }) => status === 'stored')).toEqual([{ id: other.id, status: 'stored' }])
    expect(await statuses([one, one, other])).toEqual(['duplicate', 'duplicate', 'duplicate'])
    // Each time is a round of statements: nobody makes the server do a hundred.
    expect((await statuses(Array.from({ length: 100 }, () => one))).filter(status => status === 'duplicate')).toHaveLength(4)
    expect(await stored()).toHaveLength(2)
  })

  test('and reaches the members of the company by their shape', async () => {
    const sent = lead()
    await send([sent])
    const member = await Browser.signedIn(app, owner)
    expect((await member.follow('leads', company)).rows).toMatchObject([{ id: sent.id, name: 'Grace', score: '20' }])
  })

  test('one that a member deleted does not come back by a repetition, and takes no correction', async () => {
    const sent = lead()
    await send([sent])
    await send([{ ...sent, version: 2, message: 'Please write to me instead.' }])
    expect(await aside(sent.id)).toHaveLength(1)
    await sql.query('delete from leads where id = $1', [sent.id])
    expect(await aside(sent.id), 'nor does anything of it stay').toEqual([])
    expect(await codes([sent, { ...sent, version: 3, message: 'Another message to you.' }])).toEqual(['duplicate', 'deleted'])
    expect(await stored()).toEqual([])
  })
})

test('a correction by the visitor leaves alone what members wrote of the lead', async () => {
  const sent = lead()
  await send([sent])
  const member = await Browser.signedIn(app, owner)
  await applied(member, leadSetStatus, { id: sent.id, status: 'won' }, { company })
  await applied(member, leadAssign, { id: sent.id, assignee_id: owner.id }, { company })
  await applied(member, leadSetNotes, { id: sent.id, notes: 'Called back.' }, { company })
  await applied(member, leadSetTags, { id: sent.id, tags: ['fair'] }, { company })
  expect(await statuses([{ ...sent, version: 2, message: 'Please write to me instead.' }])).toEqual(['stored'])
  const { rows } = await sql.query('select message, status, assignee_id, notes, tags from leads where id = $1', [sent.id])
  expect(rows).toEqual([{ message: 'Please write to me instead.', status: 'won', assignee_id: owner.id, notes: 'Called back.', tags: ['fair'] }])
})

describe('two writes to one lead end in one state, and neither is thrown away', () => {
  const first = lead({ message: 'This is the first text.' })
  test.each([
    { how: 'in their order', order: [1, 2], told: ['stored', 'stored'], shown: 'This is text 2.', beside: [1] },
    { how: 'the later one first', order: [2, 1], told: ['stored', 'duplicate'], shown: 'This is text 2.', beside: [1] },
    { how: 'the earlier one once more', order: [1, 2, 1], told: ['stored', 'stored', 'duplicate'], shown: 'This is text 2.', beside: [1] },
    { how: 'three in disorder', order: [2, 3, 1], told: ['stored', 'stored', 'duplicate'], shown: 'This is text 3.', beside: [2, 1] },
  ])('$how', async ({ order, told, shown, beside }) => {
    const of = { ...first, id: randomUUID() }
    const results: string[] = []
    for (const version of order) results.push(...await statuses([{ ...of, version, message: `This is text ${version}.` }]))
    expect(results).toEqual(told)
    expect(await stored()).toMatchObject([{ id: of.id, message: shown }])
    expect(await aside(of.id)).toEqual(beside.map(version => ({ version, message: `This is text ${version}.` })))
  })

  test('of two tabs that made the same version of it, the one that comes last is seen', async () => {
    const of = { ...first, id: randomUUID() }
    expect(await statuses([of, { ...of, message: 'This is of the other tab.' }])).toEqual(['stored', 'stored'])
    expect(await stored()).toMatchObject([{ message: 'This is of the other tab.' }])
    expect(await aside(of.id)).toEqual([{ version: 1, message: first.message }])
  })

  test('sent at the same time, whoever comes first', async () => {
    const of = { ...first, id: randomUUID() }
    await Promise.all([1, 2, 3, 4, 5, 6].map(version => send([{ ...of, version, message: `This is text ${version}.` }])))
    expect(await stored()).toMatchObject([{ message: 'This is text 6.' }])
    expect((await aside(of.id)).map(({ version }) => version).toSorted()).toEqual([1, 2, 3, 4, 5])
  })
})

describe('nobody else changes a lead', () => {
  test('by guessing its id: another secret is refused, and nothing told of it', async () => {
    const sent = lead()
    await send([sent])
    const [forged] = await send([{ ...sent, version: 9, token: randomBytes(24).toString('base64url'), message: 'This is forged by somebody.' }])
    expect(forged).toMatchObject({ id: sent.id, status: 'refused', code: 'lead_taken' })
    expect(JSON.stringify(forged)).not.toContain(sent.message)
    expect(await stored()).toMatchObject([{ message: sent.message }])
    expect(await aside(sent.id)).toEqual([])
  })

  test('by the form of another company, with the right secret too', async () => {
    const [sent, other] = [lead(), await makeCompany(sql, owner)]
    await openForm(other)
    await send([sent])
    expect(await codes([{ ...sent, version: 2 }], other)).toEqual(['lead_taken'])
    expect(await stored()).toHaveLength(1)
    expect((await stored(other)).map(({ id }) => id)).not.toContain(sent.id)
  })

  test('nor one that came by no form', async () => {
    const { rows: [there] } = await sql.query<{ id: string }>('insert into leads (id, company_id, name, email, message) values (gen_random_uuid(), $1, \'Lea\', \'lea@example.com\', \'Call me.\') returning id', [company])
    const forged = lead({ id: there?.id })
    // The second time too: what the first one left must not open it.
    expect(await codes([forged, { ...forged, version: 2 }])).toEqual(['lead_taken', 'lead_taken'])
    expect(await codes([{ ...forged, version: 3 }])).toEqual(['lead_taken'])
    expect(await stored()).toMatchObject([{ name: 'Lea' }])
    expect((await sql.query('select from auth.lead_receipts where id = $1', [there?.id])).rowCount).toBe(0)
  })
})

describe('a company that takes no leads', () => {
  test.each([
    { why: 'is deleted', make: 'update companies set deleted_at = now() where id = $1' },
    { why: 'has closed its form', make: 'update companies set settings = \'{"form":{"open":false,"closed_at":"2020-01-01T00:00:00Z"}}\' where id = $1' },
  ])('because it $why: they are kept for the operator, once, and it sees none', async ({ make }) => {
    await sql.query(make, [company])
    const sent = lead()
    expect(await codes([sent, lead({ email: 'no address' })])).toEqual(['quarantined', 'invalid_input'])
    expect(await statuses([sent])).toEqual(['quarantined'])
    expect(await stored()).toEqual([])
    const { rows } = await sql.query('select lead_id, reason, content ->> \'email\' as email from auth.lead_quarantine where company_id = $1', [company])
    expect(rows).toEqual([{ lead_id: sent.id, reason: 'closed', email: 'grace@example.com' }])
  })

  test('because its form was closed since: what was entered before is its members\'', async () => {
    const form = { open: false, consent: '', privacy_url: '', closed_at: new Date(Date.now() - DAY).toISOString() }
    await sql.query('update companies set settings = $2, created_at = now() - interval \'9 days\' where id = $1', [company, { form }])
    const [before, after] = [lead({ age_ms: 2 * DAY }), lead({ age_ms: 0 })]
    expect(await statuses([before, after])).toEqual(['stored', 'quarantined'])
    expect(await stored()).toMatchObject([{ id: before.id }])
    // One that came in time, and is sent again because the answer was lost.
    expect(await statuses([{ ...before, age_ms: 0 }])).toEqual(['duplicate'])
    await sql.query('update companies set settings = $2 where id = $1', [company, { form: { ...form, closed_at: '2026-99-99T99:99:99Z' } }])
    expect(await statuses([lead()])).toEqual(['quarantined'])
    expect((await sql.query('select from auth.lead_quarantine where company_id = $1', [company])).rowCount).toBe(2)
  })

  test('because there never was one, or nobody has opened its form: the request is refused as a whole, and nothing told', async () => {
    const unknown = await ask([lead()], 'no-such-company')
    expect([unknown.status, (unknown.json as { code: string }).code]).toEqual([404, 'not_found'])
    // Settings that were saved without ever opening it, and what is no settings of a form.
    for (const form of [{ open: false, consent: 'Not yet.', privacy_url: '' }, { open: 'yes' }, null, [], 'open']) {
      await sql.query('update companies set settings = $2 where id = $1', [company, { form }])
      const unopened = await ask([lead()])
      expect([unopened.status, unopened.text]).toEqual([unknown.status, unknown.text])
      expect((await stranger.ask(`/api/forms/c-${company}`)).text).toBe((await stranger.ask('/api/forms/no-such-company')).text)
    }
    expect((await sql.query('select from auth.lead_quarantine where company_id = $1', [company])).rowCount).toBe(0)
  })

  test('says so in its form, which tells a stranger what the company wrote for strangers and nothing else of it', async () => {
    const form = { open: true, consent: 'We write back once.', privacy_url: 'https://example.com/privacy' }
    await sql.query('update companies set settings = $2 where id = $1', [company, { form, secret: 'of the company' }])
    const facts = { id: company, name: 'A company', open: true, consent: form.consent, privacy_url: form.privacy_url }
    expect((await stranger.ask(`/api/forms/c-${company}`)).json).toEqual(facts)
    await sql.query('update companies set settings = $2 where id = $1', [company, { form: { ...form, open: false, closed_at: '2020-01-01T00:00:00Z', privacy_url: 'javascript:alert(1)' } }])
    expect((await stranger.ask(`/api/forms/${company}`)).json).toEqual({ ...facts, open: false, privacy_url: null })
    await sql.query('update companies set deleted_at = now() where id = $1', [company])
    expect((await stranger.ask(`/api/forms/${company}`)).json).toEqual({ id: company, name: '', open: false, consent: '', privacy_url: null })
  })
})

const DAY = 86_400_000
describe('what no person sends', () => {
  test.each<[string, Partial<Record<string, unknown>>, string]>([
    ['HTML and script are text', { name: '<img src=x onerror=alert(1)>', message: '<script>alert(1)</script>' }, 'stored'],
    ['SQL is text', { name: 'Robert\'); drop table leads;--' }, 'stored'],
    ['emoji, and letters from right to left', { name: '👩🏽‍🚀 أحمد', message: 'שלום, please call me 🙂' }, 'stored'],
    ['NUL', { message: 'This is a text\0 with it.' }, 'invalid_input'],
    ['half of a pair', { message: 'This is a text\uD800 with it.' }, 'invalid_input'],
    ['a name on two lines', { name: 'Grace\nBcc: all@example.com' }, 'invalid_input'],
    ['a header in the address', { email: 'grace@example.com\r\nBcc: all@example.com' }, 'invalid_input'],
    ['a second address', { email: 'grace@example.com,all@example.com' }, 'invalid_input'],
    ['a name that is too short', { name: ' G ' }, 'invalid_input'],
    ['a message that is too short', { message: '  too short ' }, 'invalid_input'],
    ['a message that is too long', { message: 'x'.repeat(10_001) }, 'invalid_input'],
    ['a field that there is not', { admin: true }, 'invalid_input'],
    ['another company inside', { company_id: randomUUID() }, 'invalid_input'],
    ['a score above all', { score: 101 }, 'invalid_input'],
    ['a version that is none', { version: 0 }, 'invalid_input'],
    ['an id that is none', { id: 'x\' or 1=1' }, 'invalid_input'],
    ['a secret that anybody guesses', { token: 'short' }, 'invalid_input'],
    ['a number for a text', { name: 42 }, 'invalid_input'],
    ['a field that nobody sees', { website: 'https://spam.example' }, 'quarantined'],
    ['in no time', { filled_ms: 3 }, 'quarantined'],
    ['made tomorrow', { age_ms: -DAY }, 'stored'],
    ['made a year ago', { age_ms: 365 * DAY }, 'stored'],
    ['made before there were computers', { age_ms: Number.MAX_SAFE_INTEGER }, 'stored'],
    ['never made', { age_ms: 0.5 }, 'invalid_input'],
  ])('%s', async (_, more, code) => {
    const sound = lead()
    expect(await codes([lead(more), sound])).toEqual([code, 'stored'])
    const all = await stored()
    expect(all).toHaveLength(code === 'stored' ? 2 : 1)
    if (code === 'stored') expect(all.map(({ name }) => name)).toContain(more.name ?? 'Grace')
  })

  test('the moment that members see is never later than now, as long ago as the device had it, and not before there was the company', async () => {
    await sql.query('update companies set created_at = now() - interval \'9 days\' where id = $1', [company])
    const [early, late, clockless] = [lead({ age_ms: 3 * DAY }), lead({ age_ms: -DAY }), lead({ age_ms: 6 * 365 * DAY })]
    await send([early, late, clockless])
    const { rows } = await sql.query<{ id: string, days: number }>('select id, round(extract(epoch from now() - created_at) / 86400)::int as days from leads where company_id = $1', [company])
    expect(Object.fromEntries(rows.map(({ id, days }) => [id, days]))).toEqual({ [early.id]: 3, [late.id]: 0, [clockless.id]: 9 })
  })

  test.each(['%00', '%E0%A4%A', '%ED%A0%80', 'a%00b', '..%2fconfig', '%27%20or%201=1', 'x'.repeat(5_000)])('a form of the name %s is none', async (name) => {
    const { status, json } = await stranger.ask(`/api/forms/${name}`)
    expect([status, (json as { code: string }).code]).toEqual([404, 'not_found'])
  })

  test.each(['a\0b', '\uD800', '\' or 1=1', ' ', 'ſ'])('leads for a company of the name %j are for none', async (name) => {
    expect((await ask([lead()], name)).json).toMatchObject({ code: 'not_found' })
  })

  test.each([
    ['10,000 at once', () => Array.from({ length: 10_000 }, () => 1), 400],
    ['one more than there may be', () => Array.from({ length: LEAD_BATCH + 1 }, () => lead()), 400],
    ['none', () => [], 400],
    ['a megabyte', () => [lead({ message: 'x'.repeat(1_000_000) })], 413],
  ])('%s is refused as a whole, and nothing of it stored', async (_, leads, status) => {
    expect((await ask(leads())).status).toBe(status)
    expect(await stored()).toEqual([])
  })

  test('from another site, or not as JSON, nothing is taken', async () => {
    expect((await ask([lead()], company, { origin: 'https://evil.example' })).json).toMatchObject({ code: 'foreign_origin' })
    expect((await ask([lead()], company, { 'content-type': 'text/plain' })).json).toMatchObject({ code: 'unsupported_media_type' })
    expect(await stored()).toEqual([])
  })

  test('without end is bounded by address, and says when to come again', async () => {
    await sql.query('insert into auth.attempts (key, points, expire) values ($1, 20000, $2)', ['leads-address:127.0.0.1', Date.now() + 40_000])
    const answer = await ask([lead()])
    expect([answer.status, (answer.json as { code: string }).code]).toEqual([429, 'too_many_requests'])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await stored()).toEqual([])
  })
})
