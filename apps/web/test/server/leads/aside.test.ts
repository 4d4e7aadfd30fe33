import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { quickIf } from '../../../../../scripts/lib/soak-tag.mjs'
import type { SentLead } from '../../../shared/leads/lead'
import { LEADS_PATH, type LeadsAnswer } from '../../../shared/protocol/leads'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { lead } from '../support/lead'
import { command } from '../support/operator'
import { admin, makeCompany, makePerson, type Person } from '../support/people'

const stack = inject('stack')
let sql: pg.Pool
let app: App
let owner: Person
let company: string
let slug: string
beforeAll(async () => {
  sql = admin()
  app = await App.start()
  owner = await makePerson(sql, 'Ada')
})
beforeEach(async () => {
  await sql.query('delete from auth.attempts')
  company = await makeCompany(sql, owner)
  slug = `c-${company}`
  await sql.query('delete from leads where company_id = $1', [company])
  await sql.query('update companies set created_at = now() - interval \'9 days\' where id = $1', [company])
  await form(true)
})
afterAll(async () => {
  await app?.stop()
  await sql?.end()
})

const form = (open: boolean) => sql.query('update companies set settings = $2 where id = $1', [company, { form: { open, consent: '', privacy_url: '', ...!open && { closed_at: new Date(0).toISOString() } } }])
async function send(...leads: SentLead[]): Promise<string[]> {
  const { json } = await new Browser(app).post(LEADS_PATH, { company, leads })
  return (json as LeadsAnswer).results.map(({ status }) => status)
}
const operate = (...args: string[]) => command('leads-aside', args, stack)
const told = async (...args: string[]) => (await operate('--company', slug, ...args)).said.split('\n')
const stored = async () => (await sql.query<{ id: string, message: string }>('select id, message from leads where company_id = $1 order by id', [company])).rows
const waiting = async () => (await sql.query<{ id: string, lead: string }>('select id, lead_id as lead from auth.lead_quarantine where company_id = $1 order by id', [company])).rows

test('the operator sees what waits for a closed form, gives it to the company once it is right, and its owners read that', { timeout: 60_000 }, async () => {
  await form(false)
  const [first, second] = [lead({ name: 'Grace \u202E Hopper', age_ms: 5_000_000 }), lead()]
  expect(await send(first, second, lead({ website: 'https://spam.example' }))).toEqual(Array(3).fill('quarantined'))
  expect((await operate()).said).toContain(`${slug} (A company): 2 for a closed form, 1 that may be a program's`)
  const lines = await told()
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/^\d+ {2}\S+Z {2}closed {2}Grace {3}Hopper <grace@example.com> {2}Please call me/)
  const spam = (await waiting())[2]?.id ?? ''
  expect(await told('--discard', spam)).toEqual(['1 lead is gone for good.'])
  expect(await told('--release')).toEqual(['2 leads are with A company now.'])
  expect((await stored()).map(({ id }) => id)).toEqual([first.id, second.id].toSorted())
  expect(await waiting()).toEqual([])
  const age = await sql.query<{ s: number }>('select extract(epoch from now() - created_at)::float8 as s from leads where id = $1', [first.id])
  expect(age.rows[0]?.s, 'as old as it was').toBeGreaterThan(5_000)
  expect(await told('--release')).toEqual(['0 leads are with A company now.'])
  const audit = await sql.query('select act, actor_name as by, subject from auth.audit where company_id = $1 and act = $2', [company, 'leads.released'])
  expect(audit.rows).toEqual([{ act: 'leads.released', by: 'operator', subject: { leads: 2 } }])
})

test('what the company has already is not there twice, its device may correct it still, and what members deleted does not come back', { timeout: 60_000 }, async () => {
  const [one, two] = [lead(), lead()]
  await send(one, two)
  await form(false)
  const later = { ...one, version: 2, message: 'Please call me tomorrow.' }
  expect(await send(later, { ...two, version: 2, message: 'I have changed my mind.' })).toEqual(['quarantined', 'quarantined'])
  await sql.query('delete from leads where id = $1', [two.id])
  expect((await waiting()).map(({ lead: id }) => id), 'what is deleted takes along what waited of it').toEqual([one.id])
  expect(await told('--release')).toEqual(['1 lead is with A company now.'])
  expect(await stored()).toEqual([{ id: one.id, message: later.message }])
  expect(await waiting()).toEqual([])
  await form(true)
  expect(await send({ ...one, version: 3, message: 'Do not call me at all.' }, { ...one, token: lead().token, version: 4 })).toEqual(['stored', 'refused'])
})

const SLIPS: [string, string[], string][] = [
  ['no company', ['--release'], 'Say which company: --company SLUG. Usage'],
  ['everything at once', ['--company', 'x', '--discard'], 'Say which ones to discard, by their numbers. Usage'],
  ['both', ['--company', 'x', '--discard', '--release', '1'], 'Either --release or --discard. Usage'],
  ['a name for a number', ['--company', 'x', 'Grace'], 'Name leads by their numbers. Usage'],
  ['a company that is none', ['--company', `no-${randomUUID()}`], 'No company has the short name no-'],
]
for (const [slip, args, sentence] of SLIPS) test(`a slip of the operator ends in a sentence and changes nothing: ${slip}`, quickIf(slip === 'everything at once'), async () => {
  const { code, said } = await operate(...args)
  expect(code).toBe(1)
  expect(said.startsWith(sentence), said).toBe(true)
})

test('another company\'s number is not released, nor discarded, nor anything of a deleted company released', { timeout: 60_000 }, async () => {
  await form(false)
  await send(lead())
  const [entry] = await waiting()
  const other = await makeCompany(sql, owner)
  for (const act of ['--release', '--discard']) expect((await operate('--company', `c-${other}`, act, entry?.id ?? '')).said).toMatch(/^0 leads are /)
  await sql.query('update companies set deleted_at = now() where id = $1', [company])
  expect(await operate('--company', slug, '--release')).toEqual({ code: 1, said: 'A company is deleted: nobody would see its leads.' })
  expect(await waiting()).toEqual([entry])
})
