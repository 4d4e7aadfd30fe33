import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HistoryPage } from '../../../shared/history/changes'
import { leadAssign, leadErase, leadSetNotes, leadSetStatus, leadSetTags } from '../../../shared/mutations/lead'
import type { AnyMutation } from '../../../shared/mutations/mutation'
import { LEADS_PATH, type LeadsAnswer } from '../../../shared/protocol/leads'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { lead as formLead } from '../support/lead'
import { applied, entry, mutate, newId, send } from '../support/mutations'
import { admin, join, leave, makeCompany, makePerson, type Person } from '../support/people'
import { makeLead } from '../support/places'

let sql: pg.Pool
let app: App
let company: string
let ada: Person
let bob: Person
let browser: Browser
let lead: string

beforeAll(async () => {
  app = await App.start()
  sql = admin()
  ada = await makePerson(sql, 'Ada')
  bob = await makePerson(sql, 'Bob')
  company = await makeCompany(sql, ada)
  await join(sql, company, bob, 'member')
  browser = await Browser.signedIn(app, ada)
})
beforeEach(async () => {
  lead = await makeLead(sql, company)
})
afterAll(async () => {
  await sql.end()
  await app.stop()
})

const now = async (id = lead) => (await sql.query<Record<string, unknown>>('select status, assignee_id, notes, tags, row_version::int from leads where id = $1', [id])).rows[0]
const make = (mutation: AnyMutation, input: object, base?: Record<string, unknown>) => mutate(browser, mutation, { id: lead, ...input }, { company, ...base && { base } })
const history = (by = browser) => by.ask(`/api/companies/${company}/history?lead=${lead}`)

describe('a lead goes to somebody who may see it, and to nobody else', () => {
  test.each([
    ['a guest', async () => {
      const guest = await makePerson(sql, 'Guest')
      await join(sql, company, guest, 'guest')
      return guest.id
    }],
    ['one who has left', async () => {
      const gone = await makePerson(sql, 'Gone')
      await join(sql, company, gone, 'member')
      await leave(sql, company, gone)
      return gone.id
    }],
    ['somebody of another company', async () => {
      const other = await makePerson(sql, 'Other')
      await makeCompany(sql, other)
      return other.id
    }],
    ['nobody who is', () => Promise.resolve(newId())],
  ])('%s', async (_, who) => {
    const before = await now()
    expect(await make(leadAssign, { assignee_id: await who() })).toMatchObject({ status: 'refused', code: 'not_found', fields: { assignee_id: expect.any(String) } })
    expect(await now()).toEqual(before)
  })

  test('one who leaves takes none along', async () => {
    const leaver = await makePerson(sql, 'Leaver')
    await join(sql, company, leaver, 'member')
    await applied(browser, leadAssign, { id: lead, assignee_id: leaver.id }, { company })
    await leave(sql, company, leaver)
    expect(await now()).toMatchObject({ assignee_id: leaver.id })
    expect(await make(leadAssign, { assignee_id: bob.id }, { assignee_id: leaver.id })).toMatchObject({ status: 'applied' })
    expect(await now()).toMatchObject({ assignee_id: bob.id })
  })
})

describe('what a colleague made of a field meanwhile is not written over', () => {
  const cases: { mutation: AnyMutation, field: string, before: unknown, mine: () => unknown, theirs: () => unknown }[] = [
    { mutation: leadSetStatus, field: 'status', before: 'new', mine: () => 'open', theirs: () => 'won' },
    { mutation: leadSetNotes, field: 'notes', before: '', mine: () => 'Mine', theirs: () => 'Theirs' },
    { mutation: leadSetTags, field: 'tags', before: [], mine: () => ['mine'], theirs: () => ['theirs'] },
    { mutation: leadAssign, field: 'assignee_id', before: null, mine: () => bob.id, theirs: () => ada.id },
  ]
  test.each(cases)('$field', async ({ mutation, field, before, mine, theirs }) => {
    const [my, their] = [mine(), theirs()]
    expect(await make(mutation, { [field]: their }, { [field]: before })).toMatchObject({ status: 'applied' })
    expect(await make(mutation, { [field]: my }, { [field]: before })).toMatchObject({ status: 'refused', code: 'conflict', theirs: { [field]: their } })
    expect(await now()).toMatchObject({ [field]: their })
    // What both of them meant is no conflict, and what is asked for over theirs is done.
    expect(await make(mutation, { [field]: their }, { [field]: before })).toMatchObject({ status: 'applied' })
    expect(await make(mutation, { [field]: my }, { [field]: their })).toMatchObject({ status: 'applied' })
    expect(await now()).toMatchObject({ [field]: my })
  })

  test('and another field of the same lead is no conflict', async () => {
    expect(await make(leadSetStatus, { status: 'open' }, { status: 'new' })).toMatchObject({ status: 'applied' })
    expect(await make(leadSetNotes, { notes: 'Called.' }, { notes: '' })).toMatchObject({ status: 'applied' })
    expect(await now()).toMatchObject({ status: 'open', notes: 'Called.', row_version: 3 })
  })
})

test('many edits that come at once after a time without a network are each decided by themselves', async () => {
  const leads = await Promise.all(Array.from({ length: 6 }, () => makeLead(sql, company)))
  const results = await send(browser, [
    ...leads.map(id => entry(leadSetStatus, { id, status: 'open' }, { company, base: { status: 'new' } })),
    ...leads.map((id, n) => entry(leadAssign, { id, assignee_id: n === 2 ? newId() : bob.id }, { company })),
    ...leads.map(id => entry(leadSetTags, { id, tags: ['Fair', ' fair ', 'a "b" \\ {d}'] }, { company })),
    entry(leadSetStatus, { id: newId(), status: 'won' }, { company }),
    entry(leadSetStatus, { id: leads[0], status: 'won' }, { company, base: { status: 'open' } }),
  ])
  expect(results.map(result => result.status === 'refused' ? result.code : result.status))
    .toEqual([...leads.map(() => 'applied'), ...leads.map((_, n) => n === 2 ? 'not_found' : 'applied'), ...leads.map(() => 'applied'), 'not_found', 'applied'])
  expect(await Promise.all(leads.map(now))).toMatchObject(leads.map((_, n) => (
    { status: n === 0 ? 'won' : 'open', assignee_id: n === 2 ? null : bob.id, tags: ['Fair', 'a "b" \\ {d}'] })))
})

test('the history of a lead says who changed what, and goes with it', async () => {
  await make(leadSetStatus, { status: 'open' })
  await make(leadSetStatus, { status: 'open' })
  await make(leadAssign, { assignee_id: bob.id })
  await make(leadAssign, { assignee_id: null })
  await make(leadSetNotes, { notes: 'x'.repeat(600) })
  await make(leadSetTags, { tags: ['fair'] })
  await make(leadSetStatus, { status: 'won' }, { status: 'new' })
  const answer = await history()
  expect(answer.status, answer.text).toBe(200)
  const { changes } = answer.json as HistoryPage
  const shown = { id: bob.id, name: expect.any(String) as string }
  expect(changes.map(({ mutation, before, after }) => [mutation, before, after])).toEqual([
    ['lead.set-tags', { tags: [] }, { tags: ['fair'] }],
    ['lead.set-notes', { notes: '' }, { notes: `${'x'.repeat(500)}…` }],
    ['lead.assign', { assignee: shown }, { assignee: null }],
    ['lead.assign', { assignee: null }, { assignee: shown }],
    ['lead.set-status', { status: 'new' }, { status: 'open' }],
  ])
  expect(changes.map(({ actor }) => actor)).toEqual(changes.map(() => ({ id: ada.id, name: 'Ada' })))

  const guest = await makePerson(sql, 'Guest')
  await join(sql, company, guest, 'guest')
  expect(await history(await Browser.signedIn(app, guest))).toMatchObject({ status: 403, json: { code: 'role_changed' } })
  await sql.query('delete from leads where id = $1', [lead])
  expect((await sql.query('select from auth.changes where row_id = $1', [lead])).rowCount, 'nothing of it stays').toBe(0)
})

test('a lead that is erased is gone with all that was known of it, says so to owners without a word of it, and comes back by no repetition', async () => {
  await sql.query('update companies set settings = $2 where id = $1', [company, { form: { open: true, consent: '', privacy_url: '' } }])
  const word = `needle-${newId()}`
  const sent = formLead({ name: `Grace ${word}`, message: `Please call me about ${word}.` })
  const form = new Browser(app)
  const bring = async (one: object) => ((await form.post(LEADS_PATH, { company, leads: [one] })).json as LeadsAnswer).results[0]
  expect(await bring(sent)).toMatchObject({ status: 'stored' })
  expect(await bring({ ...sent, version: 2, message: `Please do not call me about ${word}.` })).toMatchObject({ status: 'stored' })
  expect(await bring({ ...sent, version: 3, website: `https://${word}.example` })).toMatchObject({ status: 'quarantined' })
  await mutate(browser, leadSetNotes, { id: sent.id, notes: `Called ${word}.` }, { company })
  expect(await mutate(browser, leadSetNotes, { id: sent.id, notes: 'x' }, { company, base: { notes: '' } })).toMatchObject({ code: 'conflict' })
  expect(await holding(word)).toEqual(['auth.changes', 'auth.lead_quarantine', 'auth.lead_versions', 'auth.mutations', 'public.leads'])

  const erasing = entry(leadErase, { id: sent.id }, { company })
  expect(await send(browser, [erasing])).toMatchObject([{ status: 'applied' }])
  expect(await holding(word)).toEqual([])
  expect((await sql.query('select subject from auth.audit where company_id = $1 and act = $2', [company, 'lead.erased'])).rows).toContainEqual({ subject: { lead_id: sent.id } })
  expect(await send(browser, [erasing]), 'sent again').toMatchObject([{ status: 'applied' }])
  // What had come is off the device's hands; what its visitor wrote since is theirs to hear of.
  for (const again of [sent, { ...sent, version: 2, website: `https://${word}.example` }]) expect(await bring(again)).toEqual({ id: sent.id, status: 'duplicate' })
  for (const later of [{ ...sent, version: 3, website: `https://${word}.example` }, { ...sent, version: 4 }]) expect(await bring(later)).toMatchObject({ status: 'refused', code: 'deleted' })
  expect(await holding(word)).toEqual([])
  expect(await make(leadErase, { id: newId() })).toMatchObject({ status: 'refused', code: 'not_found' })
})

/** The tables that have a word somewhere. */
async function holding(word: string): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'auth') order by 1`)
  const found = await Promise.all(rows.map(async ({ name }) => (await sql.query(`select from ${name} t where t::text like '%' || $1 || '%' limit 1`, [word])).rowCount === 1 ? [name] : []))
  return found.flat()
}
