import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LeadJournal } from '../../form/leads/journal'
import { uploadLeads, type Uploaded } from '../../form/leads/upload'
import { sentLead } from '../../shared/leads/lead'
import { answerBody } from '../../shared/protocol/answers'
import { LEAD_BATCH, LEADS_PATH, type LeadResult } from '../../shared/protocol/leads'
import { Locks } from '../support/locks'
import { standOpfs } from '../support/opfs'

/** What a form makes of answers. That the server gives them is for its own tests (`server/leads`), both together for a browser (`e2e/leads`). */
let journal: LeadJournal
const TENANT = crypto.randomUUID()
beforeEach(async () => {
  vi.stubGlobal('navigator', { locks: new Locks() })
  vi.stubGlobal('FileSystemFileHandle', class { createWritable() {} })
  standOpfs()
  journal = await LeadJournal.open(crypto.randomUUID())
})
afterEach(() => {
  journal.close()
  vi.unstubAllGlobals()
})

interface Asked { path: string, company: string, leads: { id: string, message: string }[] }
let asked: Asked[] = []
/** A network in which each request is answered by the next of these; the last one goes on. */
function network(...answers: ((asked: Asked) => Response | Promise<Response>)[]): typeof fetch {
  asked = []
  return async (path, init) => {
    asked.push({ path: String(path), ...JSON.parse(String(init?.body)) as Omit<Asked, 'path'> })
    const answer = answers[Math.min(asked.length, answers.length) - 1]
    const last = asked.at(-1)
    if (!answer || !last) throw new TypeError('no network')
    return await answer(last)
  }
}
const each = (result: (id: string, place: number) => LeadResult) => ({ leads }: Asked) => Response.json({ results: leads.map(({ id }, place) => result(id, place)) })
const stored = each(id => ({ id, status: 'stored' }))

async function add(count: number, message = 'Please call me.'): Promise<void> {
  for (let n = 0; n < count; n++) {
    const draft = await journal.begin(crypto.randomUUID(), 'a-secret-of-this-device-000', 1_000)
    await journal.sendOff(draft, { name: 'Grace', email: 'grace@example.com', phone: ' ', message, website: '' }, 9_000)
  }
}
const upload = (ask: typeof fetch, now = 20_000) => uploadLeads(journal, TENANT, { fetch: ask, now: () => now })
const NOTHING: Uploaded = { stored: 0, duplicate: 0, quarantined: 0, refused: 0 }
const states = async () => (await journal.all()).map(({ state }) => state)

test('what is sent is what the server’s schema takes, and what it has is off the device', async () => {
  await add(2)
  expect(await upload(network(stored))).toEqual({ ...NOTHING, stored: 2 })
  expect(asked).toMatchObject([{ path: LEADS_PATH, company: TENANT }])
  for (const lead of asked[0]?.leads ?? []) expect(sentLead.parse(lead)).toMatchObject({ version: 1, phone: null, age_ms: 11_000, filled_ms: 8_000 })
  expect(await states()).toEqual([])
})

test('many go in batches that the server takes, each lead once', async () => {
  await add(LEAD_BATCH + 5)
  await upload(network(stored))
  expect(asked.map(({ leads }) => leads.length)).toEqual([LEAD_BATCH, 5])
  await add(8, 'x'.repeat(10_000))
  await upload(network(stored))
  expect(Math.max(...asked.map(request => JSON.stringify(request).length))).toBeLessThan(128 * 1024)
  expect(asked.flatMap(({ leads }) => leads)).toHaveLength(8)
})

test('each lead has its own end: one that is refused keeps its reason and holds up no other', async () => {
  await add(4)
  const results: LeadResult['status'][] = ['duplicate', 'quarantined', 'refused', 'stored']
  const ask = network(each((id, place) => results[place] === 'refused' ? { ...answerBody('invalid_input', { fields: { email: 'no' } }), id, status: 'refused' } : { id, status: results[place] ?? 'stored' } as LeadResult))
  expect(await upload(ask)).toEqual({ stored: 1, duplicate: 1, quarantined: 1, refused: 1 })
  expect(await journal.all()).toMatchObject([{ state: 'failed', answer: { code: 'invalid_input', fields: { email: 'no' } } }])
  expect(await upload(network(stored)), 'nothing is sent again by itself').toEqual(NOTHING)
  expect(asked).toEqual([])
})

describe('a request that comes to nothing loses no lead, and says when to come again', () => {
  const refused = (status: number, body: unknown, headers: Record<string, string> = {}) => () => Response.json(body, { status, headers })
  test.each<[string, () => Response | Promise<Response>, number]>([
    ['no network', () => Promise.reject(new TypeError('no network')), 0],
    ['a server that is away', refused(503, answerBody('database_unavailable'), { 'retry-after': '5' }), 5_000],
    ['too many requests', refused(429, answerBody('too_many_requests'), { 'retry-after': '40' }), 40_000],
    ['a date to come again', refused(503, {}, { 'retry-after': new Date(80_000).toUTCString() }), 60_000],
    ['the page of a hotel, with status 200', () => new Response('<html>Sign in to the network</html>'), 0],
    ['an address that a proxy does not know', refused(404, { error: 'nothing here' }), 0],
    ['a server of the version before, or a company that nobody knows', refused(404, answerBody('not_found')), 600_000],
    ['a day to wait, as some proxy says', refused(503, {}, { 'retry-after': '86400' }), 600_000],
    ['what a later server says of a lead', each(id => ({ id, status: 'held_for_review' } as never)) as never, 600_000],
    ['another lead\'s result', each(() => ({ id: crypto.randomUUID(), status: 'stored' })) as never, 600_000],
    ['fewer results than leads', refused(200, { results: [] }), 0],
    ['half an answer', () => new Response('{"results":[{"id"'), 0],
  ])('%s', async (_, answer, after) => {
    await add(2)
    expect(await upload(network(answer))).toEqual({ ...NOTHING, again: { after } })
    expect(await states()).toEqual(['pending', 'pending'])
  })
})

test('a reason that only a later server gives is kept, and the lead is counted and sent once more like any other', async () => {
  await add(1)
  await upload(network(each(id => ({ id, status: 'refused', code: 'of_tomorrow', message: 'Not today.', next: 'Tomorrow.' } as never))))
  expect(await journal.all()).toMatchObject([{ state: 'failed', answer: { code: 'of_tomorrow', message: 'Not today.' } }])
  await journal.retry()
  expect(await upload(network(stored))).toEqual({ ...NOTHING, stored: 1 })
})

test('two tabs never send at once', async () => {
  await add(3)
  let [under, most] = [0, 0]
  const slow = network(async (request) => {
    most = Math.max(most, ++under)
    await new Promise(resolve => setTimeout(resolve, 20))
    under--
    return stored(request)
  })
  const [first, second] = await Promise.all([upload(slow), upload(slow)])
  expect([first.stored + second.stored, most]).toEqual([3, 1])
})

test('a clock that was set back while somebody typed makes no program of them', async () => {
  const draft = await journal.begin(crypto.randomUUID(), 'a-secret-of-this-device-000', 9_000_000)
  await journal.sendOff(draft, { name: 'Grace', email: 'grace@example.com', phone: '', message: 'Please call me.', website: '' }, 1_000)
  await upload(network(stored), 500)
  expect(asked[0]?.leads[0]).toMatchObject({ filled_ms: 60_000, age_ms: -500 })
})
