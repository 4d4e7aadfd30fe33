import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { within } from '../../support/wait'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { admin, makeCompany, makePerson } from '../support/people'
import { RawConnection } from '../support/raw-connection'

let sql: pg.Pool
let app: App
let victim: Browser
let company: string
beforeAll(async () => {
  sql = admin()
  app = await App.start({ PUBLIC_URL: 'https://app.example.com' })
  const person = await makePerson(sql, 'victim')
  company = await makeCompany(sql, person)
  victim = await Browser.signedIn(app, person)
})
afterAll(async () => {
  await app.stop()
  await sql.end()
})

/** Every route that changes something, from the files that make them: one that is added is attacked too. */
const API = join(import.meta.dirname, '../../../server/api')
const CHANGING = readdirSync(API, { recursive: true, encoding: 'utf8' }).flatMap((file): [string, string][] => {
  const [, path = '', method = ''] = /^(.*)\.(post|put|patch|delete)\.ts$/.exec(file.replaceAll('\\', '/')) ?? []
  return method ? [[method.toUpperCase(), `/api/${path.replace(/\/index$/, '')}`]] : []
})

/** What a form or a script of another site sends without being asked beforehand; the last one is asked, and gets no leave. */
const TYPES = ['text/plain', 'text/plain; application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=application/json', '', 'application/json']
/** Where a page may come from that is not ours. */
const SITES = ['https://evil.example', 'null', 'http://app.example.com', 'https://app.example.com.evil.example', 'https://sub.app.example.com', 'https://app.example.com:8443']

const send = (method: string, path: string, origin: string | undefined, type: string) => victim.ask(path.replace('[company]', company), {
  method, body: '{}', headers: { 'content-type': type, ...(origin === undefined ? {} : { origin }) },
})

test('the routes that change something are found', () => {
  expect(CHANGING.map(([, path]) => path)).toEqual(expect.arrayContaining(['/api/mutations', '/api/auth/sign-in', '/api/companies/[company]/import', '/api/companies']))
  expect(CHANGING.length).toBeGreaterThan(15)
})

test.each(CHANGING)('%s %s does nothing for another site, whatever it calls its body', async (method, path) => {
  await Promise.all([...SITES, undefined].flatMap(origin => TYPES.map(async type =>
    expect([origin, type, await send(method, path, origin, type)]).toMatchObject([origin, type, { status: 403, json: { code: 'foreign_origin' } }]))))
})

test.each(CHANGING)('%s %s takes no form, from our own pages neither', async (method, path) => {
  // An import may come as a file of JSON.
  for (const type of TYPES.filter(one => one !== 'application/json')) {
    expect([type, await send(method, path, 'https://app.example.com', type)]).toMatchObject([type, { status: 415, json: { code: 'unsupported_media_type' } }])
  }
})

test('where people come by TLS, a page of our own name without it is another site', async () => {
  for (const [origin, status] of [['http://app.example.com', 403], ['http://app.example.com:8080', 403], ['https://app.example.com', 200]] as const) {
    // As a proxy passes it on; fetch would name a host of its own.
    const wire = new RawConnection(app.origin)
    wire.send(`POST /api/auth/sign-out HTTP/1.1\r\nhost: ${new URL(origin).host}\r\norigin: ${origin}\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`)
    await within(wire.closed(), 5_000, 'an answer')
    expect([origin, ...wire.statuses]).toEqual([origin, status])
  }
})

test('a reading changes nothing: no session, no row and no cookie', async () => {
  const state = async () => JSON.stringify((await sql.query('select * from auth.sessions where user_id = $1', [victim.userId])).rows)
  const before = await state()
  for (const [, path] of CHANGING) {
    const answer = await victim.ask(path.replace('[company]', company), { headers: { origin: 'https://evil.example' } })
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect([...answer.headers.keys()].filter(name => name.startsWith('access-control-'))).toEqual([])
  }
  expect(await state()).toBe(before)
})
