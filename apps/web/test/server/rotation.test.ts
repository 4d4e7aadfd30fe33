import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { until } from '../support/wait'
import { App, SESSION_PASSWORD } from './support/app'
import { BareElectric, refuse, shape } from './support/bare-electric'
import { Browser } from './support/browser'
import { admin, makeCompany, makePerson, type Person } from './support/people'
import { Relay } from './support/relay'
import { SECRET } from './support/secret'

const [NEW_PASSWORD, NEW_KEY] = ['another-session-password-of-the-tests', 'another-secret-between-server-and-electric']
let sql: pg.Pool
let person: Person

beforeAll(async () => {
  sql = admin()
  await (await App.start()).stop()
  person = await makePerson(sql, 'stayer')
})
afterAll(() => sql.end())

const who = (browser: Browser) => browser.ask('/api/auth/session')
const rename = (company: string, name: string) => sql.query('update workspaces set name = $1 where company_id = $2', [name, company])

test('session password, Electric\'s secret and the database\'s role are changed one by one: nobody is signed out, and sync goes on', { timeout: 120_000, tags: [SOAK] }, async () => {
  const company = await makeCompany(sql, person)
  const relay = await Relay.start(inject('stack').electricUrl)
  // Electric behind it knows one secret at a time, as the real one does; what comes with it is asked with the tests' own.
  let secret = SECRET
  relay.translate = (url) => {
    if (url.searchParams.get('secret') !== secret) return false
    url.searchParams.set('secret', SECRET)
    return true
  }
  const role = `app_${randomUUID().slice(0, 8)}`
  const steps: [what: string, env: Record<string, string>, secretThen: string][] = [
    ['before', {}, SECRET],
    ['everybody opens the new seal', { NUXT_SESSION_PASSWORD_OLD: NEW_PASSWORD }, SECRET],
    ['the new one seals, and the new secret is known', { NUXT_SESSION_PASSWORD: NEW_PASSWORD, NUXT_SESSION_PASSWORD_OLD: SESSION_PASSWORD, ELECTRIC_API_KEY_NEXT: NEW_KEY }, SECRET],
    ['Electric has the new secret, the app another role', { NUXT_SESSION_PASSWORD: NEW_PASSWORD, NUXT_SESSION_PASSWORD_OLD: SESSION_PASSWORD, ELECTRIC_API_KEY_NEXT: NEW_KEY, DATABASE_URL: withRole(role) }, NEW_KEY],
    ['the old ones are gone', { NUXT_SESSION_PASSWORD: NEW_PASSWORD, ELECTRIC_API_KEY: NEW_KEY, DATABASE_URL: withRole(role) }, NEW_KEY],
  ]
  await sql.query(`create role ${role} login password 'the-password-of-the-next-role'`)
  await sql.query(`grant connect on database ${new URL(inject('stack').appUrl).pathname.slice(1)} to ${role}`)
  let browser: Browser | undefined
  try {
    for (const [what, env, secretThen] of steps) {
      const app = await App.start({ ELECTRIC_URL: relay.url, ...env })
      if (browser) browser.goTo(app)
      else browser = await Browser.signedIn(app, person)
      const { entry } = await browser.follow('workspaces', company)
      const stream = await browser.stream([entry])
      await until(`${what}: the stream has begun`, () => stream.heartbeats.length > 0)
      // In the middle of a live stream.
      secret = secretThen
      const name = `${what} ${randomUUID()}`
      await rename(company, name)
      await stream.batch(`${what}: the change comes`, ({ body }) => JSON.stringify(body).includes(name))
      const again = `${what}, again ${randomUUID()}`
      await rename(company, again)
      await stream.batch(`${what}: the next one too`, ({ body }) => JSON.stringify(body).includes(again))
      expect(await who(browser), what).toMatchObject({ status: 200, json: { user: { id: person.id } } })
      stream.leave()
      await app.stop()
    }
  }
  finally {
    await relay.stop()
    await sql.query(`drop owned by ${role}`)
    await sql.query(`drop role ${role}`)
  }
})

test('a cookie of the old seal is sealed anew, once, by the next page; without the old password it opens nothing', async () => {
  const before = await App.start()
  const browser = await Browser.signedIn(before, person)
  const old = browser.cookie
  await before.stop()
  const after = await App.start({ NUXT_SESSION_PASSWORD: NEW_PASSWORD, NUXT_SESSION_PASSWORD_OLD: SESSION_PASSWORD })
  browser.goTo(after)
  await browser.ask('/api/config')
  expect(browser.cookie).toBe(old)
  expect((await who(browser)).headers.get('set-cookie')).toMatch(/^mvdb-session=.*HttpOnly/)
  expect(browser.cookie).not.toBe(old)
  expect((await who(browser)).headers.get('set-cookie')).toBeNull()
  // A stranger's cookie, or one whose session has ended, is not given a seal.
  const ended = new Browser(after)
  ended.cookie = old
  await sql.query('delete from auth.sessions where user_id = $1', [person.id])
  expect((await who(ended))).toMatchObject({ status: 401 })
  expect((await who(ended)).headers.get('set-cookie')).toBeNull()
  await after.stop()

  const last = await App.start({ NUXT_SESSION_PASSWORD: NEW_PASSWORD })
  const late = new Browser(last)
  late.cookie = old
  expect((await who(late)).status).toBe(401)
  await last.stop()
})

test('a secret that Electric refuses is sync that is away, and comes back by itself with the secret', async () => {
  const electric = await BareElectric.start()
  let secret = 'a third one, of nobody'
  electric.does((_, socket, line) => new URL(line.split(' ')[1] ?? '', 'http://x').searchParams.get('secret') === secret ? shape(socket) : refuse(socket, '401 Unauthorized'))
  const app = await App.start({ ELECTRIC_URL: electric.url, ELECTRIC_API_KEY_NEXT: NEW_KEY })
  const browser = await Browser.signedIn(app, person)
  const ask = () => browser.shape('user', { offset: '-1' })
  expect(await ask()).toMatchObject({ status: 503, json: { code: 'sync_unavailable' } })
  secret = NEW_KEY
  expect((await ask()).status).toBe(200)
  electric.requests = []
  expect((await ask()).status).toBe(200)
  expect(electric.requests, 'the one that was taken is tried first').toHaveLength(1)
  // Put back, as an operator does who finds that something else fails.
  secret = SECRET
  expect((await ask()).status).toBe(200)
  await app.stop()
  await electric.stop()
  expect(app.output).not.toContain(NEW_KEY)
})

test.each([['NUXT_SESSION_PASSWORD_OLD', `${SESSION_PASSWORD},short`, 'NUXT_SESSION_PASSWORD_OLD holds one that is shorter than 32 characters.']])('%s is held to the same length', async (name, value, sentence) => {
  const child = App.launch({ [name]: value })
  expect(await child.exited().then(() => 'ended well', () => 'failed')).toBe('failed')
  expect(child.output.trim()).toBe(sentence)
})

function withRole(role: string): string {
  const url = new URL(inject('stack').appUrl)
  url.username = role
  url.password = 'the-password-of-the-next-role'
  return url.href
}
