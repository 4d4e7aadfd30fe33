import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folderCreate } from '../../shared/mutations/folder'
import { personPreferences } from '../../shared/mutations/person'
import { freePort } from '../support/child'
import { until } from '../support/wait'
import { nobody, post, said, someEmail, tokenIn } from './support/account'
import { App, SECRETS, SESSION_PASSWORD } from './support/app'
import { Browser } from './support/browser'
import { makeDatabase, type Database } from './support/databases'
import { Mailbox } from './support/mailbox'
import { mutate, newId } from './support/mutations'
import { makeCompany, makePerson, PASSWORD, type Person } from './support/people'
import { SECRET } from './support/secret'

const PUBLIC = 'https://workspace.example.com'
let database: Database
let sql: pg.Pool
let mailbox: Mailbox
let app: App
let owner: Person
let company: string

const startTelling = async (env: Record<string, string> = {}) => App.start({
  LOG_LEVEL: 'trace', TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: PUBLIC, MAIL_URL: mailbox.url, MAIL_FROM: 'Workspace <app@example.com>', SIGN_UP: 'on',
  DATABASE_URL: database.appUrl, DATABASE_MIGRATION_URL: database.ownerUrl, ...env,
})

beforeAll(async () => {
  // What is broken here is broken for nobody else.
  database = await makeDatabase()
  sql = database.sql
  mailbox = await Mailbox.start()
  app = await startTelling()
  owner = await makePerson(sql, 'owner')
  company = await makeCompany(sql, owner)
})
afterAll(async () => {
  await app.stop()
  await mailbox.stop()
  await database.drop()
})

interface LogLine { level: number, msg?: string, request?: string, reference?: string, method?: string, route?: string, status?: number, code?: string }
const linesOf = ({ output }: App) => output.split('\n').filter(Boolean).map(line => JSON.parse(line) as LogLine)
const INFO = 30

/** Makes the statements of a route fail in a way that nobody foresaw, with the values that they carry in PostgreSQL's words. Out: how to mend it. */
async function breakInserts(table: string, column: string): Promise<() => Promise<unknown>> {
  const name = `broken_${randomUUID().slice(0, 8)}`
  await sql.query(`create function ${name}() returns trigger language plpgsql as $$ begin raise exception 'cannot take % %', NEW.${column}, to_jsonb(NEW); end $$`)
  await sql.query(`create trigger ${name} before insert on ${table} for each row execute function ${name}()`)
  return () => sql.query(`drop function ${name} cascade`)
}

// Everything that a person types, carries or is given, at the level that tells the most.
test('no line of the log holds a secret, a cookie, a token, an address, a password or a parameter of a statement', async () => {
  const typed = { password: `wrong-${randomUUID()}`, newPassword: `new-password-${randomUUID()}`, name: `planted-name-${randomUUID()}`, query: `planted-query-${randomUUID()}` }
  const invited = someEmail('invited')
  const joining = someEmail('joining')
  const hers = await Browser.signedIn(app, owner)
  const cookies = [hers.cookie]
  await post(nobody(app), '/api/auth/sign-in', { email: owner.email, password: typed.password })
  await post(nobody(app), '/api/auth/sign-in', { email: someEmail('unknown'), password: typed.password })

  const invite = await post(hers, `/api/companies/${company}/invites`, { role: 'member', email: invited })
  const tokens = [tokenIn(said(invite, 'link'))]
  await nobody(app).ask(`/api/invites?token=${tokens[0]}`)
  await post(hers, '/api/invites/accept', { token: tokens[0] })
  await post(nobody(app), '/api/auth/sign-up', { email: joining, name: typed.name, password: typed.newPassword })
  tokens.push(tokenIn(await mailbox.linkTo(joining)))
  await post(nobody(app), '/api/auth/confirm-email', { token: tokens[1] })
  await post(nobody(app), '/api/auth/reset-request', { email: owner.email })
  tokens.push(tokenIn(await mailbox.linkTo(owner.email)))
  await post(nobody(app), '/api/auth/reset', { token: tokens[2], password: typed.newPassword })
  await post(nobody(app), '/api/auth/reset', { token: 'x'.repeat(43), password: typed.newPassword })

  const again = nobody(app)
  await post(again, '/api/auth/sign-in', { email: owner.email, password: typed.newPassword })
  again.userId = owner.id
  cookies.push(again.cookie)
  await mutate(again, folderCreate, { id: newId(), workspace_id: newId(), parent_id: null, name: typed.name }, { company })
  await mutate(again, personPreferences, { preferences: { theme: typed.name } })
  await again.ask(`/api/shapes/user?offset=-1&secret=${typed.query}&company=${typed.query}`)
  await again.ask(`/api/reads/${typed.query}?text=${typed.query}`)
  await again.ask(`/api/${typed.query}/${owner.email}?email=${owner.email}`)
  await again.ask('/api/shapes/user?offset=-1', { headers: { 'x-request-id': `${typed.query}@x` } })

  // What nobody foresaw: the statement, its parameters and PostgreSQL's own words all come to the log's door.
  const mend = [await breakInserts('auth.sessions', 'token_hash'), await breakInserts('folders', 'name'), await breakInserts('auth.invites', 'email')]
  try {
    await post(nobody(app), '/api/auth/sign-in', { email: owner.email, password: typed.newPassword })
    await mutate(again, folderCreate, { id: newId(), workspace_id: (await sql.query<{ id: string }>('select id from workspaces where company_id = $1', [company])).rows[0]?.id, parent_id: null, name: typed.name }, { company })
    await post(again, `/api/companies/${company}/invites`, { role: 'member', email: invited })
  }
  finally {
    for (const one of mend) await one()
  }

  const away = await startTelling({ ELECTRIC_URL: `http://127.0.0.1:${await freePort()}` })
  again.goTo(away)
  await again.shape('user', { offset: '-1' })
  await again.live([{ shape: 'user', handle: 'h', offset: '0_0' }])
  await away.stop()

  const output = app.output + away.output
  expect(linesOf(app).length).toBeGreaterThan(20)
  const hashes = (await sql.query<{ hash: string }>('select token_hash as hash from auth.sessions where user_id = $1 union all select password_hash from auth.credentials where user_id = $1', [owner.id])).rows.map(({ hash }) => hash)
  const planted = [
    ...SECRETS, SECRET, SESSION_PASSWORD, PASSWORD, ...Object.values(typed), ...tokens, ...hashes,
    ...cookies.flatMap(cookie => [cookie, cookie.slice(cookie.indexOf('=') + 1)]), owner.email, invited, joining, 'Fe26.2', 'params:', 'secret=',
  ]
  expect(planted.filter(needle => needle.length < 5 || output.includes(needle))).toEqual([])
})

test('every line is JSON, a failed request has one at info with its id, and one that went well has none there', async () => {
  const browser = nobody(app)
  const good = await browser.ask('/api/config')
  const bad = await browser.ask('/api/shapes/nothing?offset=-1')
  const [goodId, badId] = [good, bad].map(({ headers }) => headers.get('x-request-id') ?? '')
  expect(goodId).toMatch(/^[0-9a-f-]{36}$/)
  await until('both are told', () => [goodId, badId].every(id => linesOf(app).some(({ request }) => request === id)))
  const told = (id = '') => linesOf(app).filter(({ request, msg }) => request === id && msg === 'request')
  expect(told(badId)).toMatchObject([{ level: INFO, method: 'GET', route: '/api/shapes/:name', status: bad.status, code: (bad.json as { code: string }).code }])
  expect(told(goodId)).toMatchObject([{ level: 20, route: '/api/config', status: 200 }])
})

test('the id of a trusted proxy is taken where it is short and plain, and nobody else\'s', async () => {
  const id = `edge-${randomUUID()}`
  const ask = async (to: App, given: string) => (await nobody(to).ask('/api/config', { headers: { 'x-request-id': given } })).headers.get('x-request-id')
  expect(await ask(app, id)).toBe(id)
  for (const given of ['short', 'x'.repeat(65), 'a b c d e f g h', '{"level":60}', `${id}@example.com`]) expect(await ask(app, given), given).toMatch(/^[0-9a-f-]{36}$/)
  const untrusting = await App.start()
  expect(await ask(untrusting, id)).not.toBe(id)
  await untrusting.stop()
})

test('what nobody foresaw is answered with the id of the request, under which its error stands in the log', async () => {
  const person = await makePerson(sql, 'unlucky')
  const mend = await breakInserts('auth.sessions', 'token_hash')
  const answer = await post(nobody(app), '/api/auth/sign-in', { email: person.email, password: PASSWORD })
  await mend()
  const id = answer.headers.get('x-request-id')
  expect(answer).toMatchObject({ status: 500, json: { code: 'internal', reference: id } })
  await until('the error is told', () => linesOf(app).some(({ reference, level, request }) => reference === id && request === id && level === 50))
})
