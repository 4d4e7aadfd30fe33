import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { within } from '../../support/wait'
import { App, SECRETS } from '../support/app'
import { Browser } from '../support/browser'
import { admin, join, makeCompany, makePerson } from '../support/people'
import { Relay } from '../support/relay'
import { RawConnection } from '../support/raw-connection'
import { filled } from './attack'
import { BODIES } from './bodies'
import { HEADERS } from './headers'
import { PATHS } from './paths'
import { POLLUTION } from './pollution'
import { SMUGGLING } from './smuggling'
import { TENANTS } from './tenants'

/** In every row of the company that is attacked. */
const NEEDLE = `needle-${randomBytes(6).toString('hex')}`
let sql: pg.Pool
let relay: Relay
let app: App
let foreign: string
let places: Record<string, string>
let before: string

beforeAll(async () => {
  sql = admin()
  relay = await Relay.start(inject('stack').electricUrl)
  app = await App.start({ ELECTRIC_URL: relay.url, LIVE_HOLD_SECONDS: '1', PUBLIC_URL: 'http://workspace.example.com' })
  const [attacker, victim] = [await makePerson(sql, 'attacker'), await makePerson(sql, NEEDLE)]
  const [own, second] = [await makeCompany(sql, attacker), await makePerson(sql, `${NEEDLE}-2`)]
  foreign = await makeCompany(sql, victim)
  await join(sql, foreign, second, 'member')
  for (const table of ['companies', 'user_groups', 'workspaces', 'folders', 'leads']) {
    await sql.query(`update ${table} set name = $1 where ${table === 'companies' ? 'id' : 'company_id'} = $2`, [NEEDLE, foreign])
  }
  const one = async (table: string) => ((await sql.query(`select id from ${table} where company_id = $1`, [foreign])).rows[0] as { id: string }).id
  const [mine, theirs] = [await Browser.signedIn(app, attacker), await Browser.signedIn(app, victim)]
  const { entry } = await theirs.follow('folders', foreign)
  places = {
    HOST: new URL(app.origin).host, ORIGIN: app.origin, COOKIE: mine.cookie, USER: attacker.id, OWN: own, FOREIGN: foreign, THEIRS: second.id,
    WORKSPACE: await one('workspaces'), FOLDER: await one('folders'), GROUP: await one('user_groups'), LEAD: await one('leads'), INVITE: randomUUID(),
    HANDLE: entry.handle, OFFSET: entry.offset, MINE: (await mine.follow('folders', own)).entry.handle,
  }
  await sql.query(`insert into auth.invites (id, company_id, role, token_hash, invited_by, expires_at) values ($1, $2, 'guest', $3, $4, now() + interval '1 day')`, [places.INVITE, foreign, randomBytes(32).toString('hex'), victim.id])
  relay.seen.length = 0
  before = await stateOfForeign()
})
afterAll(async () => {
  await app.stop()
  await relay.stop()
  await sql.end()
})

/** Everything of the company that is attacked, and who may do what in it. */
async function stateOfForeign(): Promise<string> {
  const tables = ['company_members', 'user_groups', 'user_group_members', 'workspaces', 'folders', 'leads', 'auth.invites']
  const rows = await Promise.all([
    sql.query('select * from companies where id = $1', [foreign]),
    ...tables.map(table => sql.query(`select * from ${table} where company_id = $1 order by id`, [foreign])),
  ])
  return JSON.stringify(rows.map(result => result.rows as object[]))
}

describe.each([
  ['paths', PATHS], ['pollution', POLLUTION], ['headers', HEADERS], ['smuggling', SMUGGLING], ['tenants', TENANTS], ['bodies', BODIES],
])('%s', (_, attacks) => {
  test.each(attacks.map(attack => [attack.name, attack.answer, attack] as const))('%s: %s', async (name, answer, attack) => {
    const wire = new RawConnection(app.origin)
    wire.send(filled(attack.bytes, places))
    const text = await within(wire.closed(), 8_000, 'the server closes the connection')
    expect(told(wire, text), text.slice(0, 600)).toBe(answer)
    expect(wire.statuses.length, `answers in:\n${text.slice(0, 600)}`).toBe(answer === 'cut' ? 0 : 1)
    for (const secret of [NEEDLE, ...SECRETS]) expect(text.includes(secret), `${secret} in the answer to ${name}`).toBe(false)
    expect(text.toLowerCase()).not.toMatch(/access-control-|evil\.example|set-cookie:|root:x:|\bat .+\.mjs:\d/)
  })
})

test('nothing of the attacked company was asked of Electric', () => {
  expect(relay.seen.length).toBeGreaterThan(0)
  for (const { searchParams } of relay.seen) expect(searchParams.get('params[1]')).not.toBe(foreign)
})

test('nothing of the attacked company has changed', async () => {
  expect(await stateOfForeign()).toBe(before)
})

test('none of it was an accident that the server had not foreseen', () => {
  expect(app.output.split('\n').filter(line => line.includes('"level":50'))).toEqual([])
})

/** An answer in the words of the tables. */
function told(wire: RawConnection, text: string): string {
  const [status] = wire.statuses
  if (status === undefined) return 'cut'
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  if (/<!doctype html/i.test(body)) return `${status} page`
  const code = /"(?:code|control)":"(must-refetch|[a-z_]+)"/.exec(body)?.[1]
  return code && !(status === 409 && code === 'must-refetch') ? `${status} ${code}` : String(status)
}
