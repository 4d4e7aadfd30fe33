import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { claimForDemo, DemoError } from '../../server/db/demo-guard'
import { DEMO_PEOPLE } from '../../server/demo'
import { freePort } from '../support/child'
import { nobody, post, tokenIn } from './support/account'
import { App } from './support/app'
import { Browser } from './support/browser'
import { makeDatabase, type Database } from './support/databases'
import { command, PUBLIC } from './support/operator'
import { makePerson, PASSWORD } from './support/people'

const opened: Database[] = []
const running: App[] = []
afterEach(async () => {
  for (const app of running.splice(0)) await app.stop()
  for (const database of opened.splice(0)) await database.drop()
})
async function database(): Promise<Database> {
  const made = await makeDatabase()
  opened.push(made)
  return made
}
const at = ({ appUrl, ownerUrl }: Database) => ({ DATABASE_URL: appUrl, DATABASE_MIGRATION_URL: ownerUrl })
async function start(env: Record<string, string>): Promise<App> {
  const app = await App.start({ TRUSTED_PROXIES: '127.0.0.1', ...env })
  running.push(app)
  return app
}

/** Starts a server that is to end by itself. Out: what it said. */
async function refused(env: Record<string, string>): Promise<string> {
  const child = App.launch({ PORT: String(await freePort()), ...env })
  expect(await child.exited().then(() => 'ended well', () => 'failed')).toBe('failed')
  return child.output.trim()
}

const OPERATOR = { id: null, name: 'operator' }
/** What the audit holds of the operator's acts on accounts: such rows belong to no company. */
const actsOfOperator = async ({ sql }: Database) => (await sql.query<{ act: string }>('select act from auth.audit where company_id is null and actor_name = $1 and actor_id is null order by id', [OPERATOR.name])).rows.map(({ act }) => act)
const linkIn = (said: string, page: string) => new RegExp(`${PUBLIC}/${page}\\?token=\\S+`).exec(said)?.[0] ?? ''

test('demo mode starts on an empty database and again on the one it made, and on no other', { timeout: 60_000 }, async () => {
  const own = await database()
  for (let i = 0; i < 2; i++) await (await App.start({ DEMO: '1', ...at(own) })).stop()
  const real = await database()
  await (await App.start(at(real))).stop()
  const sentence = 'DEMO is 1 and the database was not made by the demo: the passwords of the demo are public, so it starts on a database of its own only.'
  expect(await refused({ DEMO: '1', ...at(real) }), 'an empty installation').toBe(sentence)
  await makePerson(real.sql, 'real')
  expect(await refused({ DEMO: '1', ...at(real) })).toBe(sentence)
  const foreign = await database()
  await foreign.sql.query('create table something (id int)')
  expect(await refused({ DEMO: '1', ...at(foreign) })).toBe(sentence)
  expect((await foreign.sql.query(`select to_regclass('public.users') as users`)).rows).toEqual([{ users: null }])
  expect((await real.sql.query(`select to_regclass('demo.installation') as mark`)).rows, 'asking leaves no mark').toEqual([{ mark: null }])
})

test('a demo from before there was a mark goes on, one person less and it is not the demo\'s', async () => {
  const older = await database()
  const owner = new pg.Client({ connectionString: older.ownerUrl })
  await owner.connect()
  await owner.query('create table users (email text)')
  for (const { email } of DEMO_PEOPLE.slice(1)) await owner.query('insert into users values ($1)', [email])
  await expect(claimForDemo(older.ownerUrl)).rejects.toThrow(DemoError)
  await owner.query('insert into users values ($1)', [DEMO_PEOPLE[0]?.email])
  await owner.end()
  await claimForDemo(older.ownerUrl)
  await older.sql.query('drop table users; create table users (email text)')
  await claimForDemo(older.ownerUrl)
})

test.each([['HOST', '0.0.0.0'], ['HOST', '::'], ['HOST', '192.168.1.7'], ['NITRO_HOST', '0.0.0.0'], ['PUBLIC_URL', 'https://demo.example.com']])('demo mode does not start with %s=%s', async (name, value) => {
  const said = await refused({ DEMO: '1', [name]: value })
  expect(said).toMatch(/^DEMO is 1 and (?:HOST is|PUBLIC_URL is at) .* only\.$/)
  expect(said).not.toContain('\n')
})

test.each([
  ['MAIL_URL', 'http://mail', 'MAIL_URL is not an address like smtp://user:password@mail.example.com:587.'],
  ['MAIL_URL', 'smtp://someone:hidden@mail', 'MAIL_FROM is not set but MAIL_URL is.'],
  ['SIGN_UP', 'yes', 'SIGN_UP is neither on nor off.'],
  ['INVITE_DAYS', '0', 'INVITE_DAYS is less than a day.'],
])('%s=%s ends the start with one sentence', async (name, value, sentence) => {
  expect(await refused({ [name]: value })).toBe(sentence)
})

test('the operator makes the first owner, who sets a password by the printed link and invites', { timeout: 60_000 }, async () => {
  const place = await database()
  const args = ['--email', 'olga@example.com', '--name', 'Olga', '--company', 'Own Company', '--slug', 'own']
  expect(await command('create-owner', args, place)).toEqual({ code: 1, said: 'This database has not the tables of this version: start the server once, it makes them.' })
  const app = await start({ ...at(place), PUBLIC_URL: PUBLIC })
  const made = await command('create-owner', args, place)
  expect(made).toMatchObject({ code: 0, said: expect.stringContaining('Olga owns the new company Own Company (own).') })
  expect(await post(nobody(app), '/api/auth/reset', { token: tokenIn(linkIn(made.said, 'reset')), password: PASSWORD })).toMatchObject({ status: 200 })
  const browser = nobody(app)
  const signedIn = await post(browser, '/api/auth/sign-in', { email: 'OLGA@example.com', password: PASSWORD })
  expect(signedIn.status).toBe(200)
  const { rows: [company] } = await place.sql.query(`select c.id, m.role from companies c join company_members m on m.company_id = c.id where slug = 'own'`)
  expect(company?.role).toBe('owner')
  expect((await post(browser, `/api/companies/${company?.id}/invites`, { role: 'admin' })).status).toBe(200)

  expect(await command('create-owner', args, place), 'again').toEqual({ code: 0, said: 'Olga owns Own Company (own) already.\nThe password stays as it is.' })
  const second = await command('create-owner', ['--email', 'otto@example.com', ...args.slice(2), '--password-stdin'], place, { stdin: `${PASSWORD}\n` })
  expect(second).toEqual({ code: 0, said: 'Olga is an owner of Own Company (own) now, beside those that it had.\nThe password is set.' })
  expect((await post(nobody(app), '/api/auth/sign-in', { email: 'otto@example.com', password: PASSWORD })).status).toBe(200)
  const audit = await browser.ask(`/api/companies/${company?.id}/audit`)
  expect((audit.json as { events: { act: string, actor: object }[] }).events.filter(event => event.act.startsWith('company')).map(({ act, actor }) => ({ act, actor }))).toEqual(
    ['company.owner-made', 'company.owner-made', 'company.created'].map(act => ({ act, actor: OPERATOR })))
  expect(await actsOfOperator(place)).toEqual(['account.signed-up', 'account.signed-up'])
})

test('without mail the operator\'s command is the one way to a reset link, and to that of a wished address', { timeout: 60_000 }, async () => {
  const place = await database()
  const app = await start({ ...at(place), PUBLIC_URL: PUBLIC })
  const person = await makePerson(place.sql, 'forgetful')
  const browser = await Browser.signedIn(app, person)
  expect(await post(browser, '/api/account/email', { email: 'new@example.com', password: PASSWORD })).toMatchObject({ status: 200, json: { sent: false } })
  const printed = await command('reset-link', [person.email.toUpperCase()], place)
  expect(printed.code, printed.said).toBe(0)
  expect(await actsOfOperator(place)).toEqual(['account.reset-link-made'])
  const confirm = { token: tokenIn(linkIn(printed.said, 'confirm-email')) }
  expect((await post(nobody(app), '/api/auth/confirm-email', confirm)).status).toBe(200)
  expect((await browser.ask('/api/auth/session')).status, 'another browser opened the link').toBe(401)
  expect((await post(nobody(app), '/api/auth/sign-in', { email: 'new@example.com', password: PASSWORD })).status).toBe(200)
  expect((await post(nobody(app), '/api/auth/reset', { token: tokenIn(linkIn(printed.said, 'reset')), password: PASSWORD })).status, 'made for the old address').toBe(410)
  expect(await command('reset-link', ['nobody@example.com'], place)).toEqual({ code: 1, said: 'Nobody who may sign in has the e-mail address nobody@example.com.' })
  expect(await command('reset-link', ['new@example.com'], place, { env: { PUBLIC_URL: '' } })).toMatchObject({ code: 1, said: expect.stringMatching(/^Set PUBLIC_URL/) })
})

test.each([
  ['reset-link', [], /^Name one e-mail address\. Usage: pnpm admin:reset-link/],
  ['create-owner', ['--email', 'a@example.com'], /^--name is missing\. Usage/],
  ['create-owner', ['--password', 'x'], /^Unknown option '--password'.*Usage/],
])('%s %j says what is wrong', async (name, args, sentence) => {
  const { code, said } = await command(name, args, { appUrl: 'postgres://x@127.0.0.1:1/x' } as Database)
  expect(said).toMatch(sentence)
  expect([code, said.includes('\n')]).toEqual([1, false])
})
