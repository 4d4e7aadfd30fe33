import type pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { App } from './support/app'
import { Browser } from './support/browser'
import { admin, join, makeCompany, makePerson } from './support/people'
import { Relay } from './support/relay'

let sql: pg.Pool
let relay: Relay
let app: App
let browser: Browser
let own: string
let foreign: string

beforeAll(async () => {
  sql = admin()
  relay = await Relay.start(inject('stack').electricUrl)
  app = await App.start({ ELECTRIC_URL: relay.url })
  const person = await makePerson(sql, 'trickster')
  own = await makeCompany(sql, await makePerson(sql, 'boss'))
  foreign = await makeCompany(sql, await makePerson(sql, 'else'))
  await join(sql, own, person, 'guest')
  browser = await Browser.signedIn(app, person)
})
afterAll(async () => {
  await app.stop()
  await relay.stop()
  await sql.end()
})

// What the browser may say and what it must not, all in one place: OWN and FOREIGN stand for the two companies.
const IGNORED = [
  'where=true', 'where=company_id%3D%27FOREIGN%27', 'table=leads', 'table=auth.credentials', 'columns=email,name', 'params[1]=FOREIGN',
  'params%5B1%5D=FOREIGN', 'params={"1":"FOREIGN"}', 'secret=guess', 'api_secret=guess', 'subset__where=true', 'subset__limit=1',
  'replica=full', 'live=true', 'live_sse=true', 'log=changes_only', 'order_by=name', 'source_id=x', 'Company=FOREIGN', 'company_id=FOREIGN',
  'company[]=FOREIGN', 'company%00=FOREIGN', '__proto__=x', '%77here=true', '%2577here=true', '?company=FOREIGN',
]

test.each(IGNORED)('%s beside a good request changes nothing and goes nowhere', async (trick) => {
  const from = relay.seen.length
  const answer = await browser.ask(`/api/shapes/folders?company=${own}&offset=-1&${fill(trick)}`)
  expect(answer.status, answer.text).toBe(200)
  expect((answer.json as { value?: { company_id: string } }[]).flatMap(message => message.value?.company_id ?? [])).toEqual([own])
  for (const url of relay.seen.slice(from)) {
    expect([...url.searchParams.keys()].toSorted()).toEqual(['columns', 'offset', 'params[1]', 'secret', 'table', 'where'])
    expect(url.searchParams.get('params[1]')).toBe(own)
    expect(url.searchParams.get('table')).toBe('folders')
  }
})

const REFUSED: [string, number][] = [
  ['folders?company=OWN&company=FOREIGN&offset=-1', 400],
  ['folders?company=FOREIGN&company=OWN&offset=-1', 400],
  ['folders?company=OWN&offset=-1&offset=0_0', 400],
  ['folders?company=OWN&offset=-1&handle=a&handle=b', 400],
  ['folders?company=FOREIGN&offset=-1', 403],
  ['folders?company=%46OREIGN&offset=-1', 400],
  ['folders?company=OWN%27%20OR%20true--&offset=-1', 400],
  ['folders?company=OWN%00&offset=-1', 400],
  ['folders?company=OWN,FOREIGN&offset=-1', 400],
  ['folders?company=%7BOWN%7D&offset=-1', 400],
  ['folders?company=&offset=-1', 400],
  ['folders?offset=-1', 400],
  ['folders?company=OWN', 400],
  ['folders?company=OWN&offset=now', 400],
  ['folders?company=OWN&offset=0_0', 400],
  ['folders?company=OWN&offset=-1%26secret%3Dx', 400],
  ['folders?company=OWN&offset=-2', 400],
  ['folders?company=OWN&offset=0_0&handle=a%26table%3Dleads', 400],
  ['folders?company=OWN&offset=-1&cursor=1%0d%0aset-cookie:x', 400],
  ['user?company=OWN&offset=-1', 400],
  ['leads?company=OWN&offset=-1', 403],
  ['leads/?company=OWN&offset=-1', 403],
  ['LEADS?company=OWN&offset=-1', 404],
  ['lead%73?company=OWN&offset=-1', 403],
  ['lead%2573?company=OWN&offset=-1', 404],
  ['folders%2f..%2fleads?company=OWN&offset=-1', 404],
  ['folders/../leads?company=OWN&offset=-1', 403],
  ['folders/leads?company=OWN&offset=-1', 404],
  ['constructor?company=OWN&offset=-1', 404],
  ['__proto__?company=OWN&offset=-1', 404],
  ['hasOwnProperty?company=OWN&offset=-1', 404],
  ['folders%00?company=OWN&offset=-1', 404],
  ['folders;leads?company=OWN&offset=-1', 404],
  ['company_members?company=OWN&offset=-1', 404],
  ['public.leads?company=OWN&offset=-1', 404],
  ['?company=OWN&offset=-1', 404],
  ['live?company=OWN&offset=-1', 404],
]

test.each(REFUSED)('%s is refused with %d and never reaches Electric', async (trick, status) => {
  const from = relay.seen.length
  const answer = await browser.ask(`/api/shapes/${fill(trick)}`)
  expect([answer.status, answer.text], answer.text).toMatchObject([status, expect.any(String)])
  expect(answer.json).toMatchObject({ code: expect.any(String), message: expect.any(String) })
  expect(relay.seen.slice(from)).toEqual([])
})

test('a company in capital letters is the same company and the same shape', async () => {
  const small = await browser.follow('folders', own)
  const capital = await browser.follow('folders', own.toUpperCase())
  expect(capital.entry.handle).toBe(small.entry.handle)
})

test.each(['', 'not-a-uuid', '00000000-0000-4000-8000-000000000000'])('a database of user "%s" gets nothing of the one who is signed in', async (user) => {
  const answer = await browser.shape('user', { offset: '-1' }, { 'x-database-user': user })
  expect(answer.status).toBe(user === '' ? 400 : 412)
  expect(answer.text).not.toContain('email')
})

test.each([
  ['PUT', 404], ['DELETE', 404], ['PATCH', 404], ['POST', 404],
])('%s on a shape changes nothing', async (method, status) => {
  const answer = await browser.ask(`/api/shapes/folders?company=${own}&offset=-1`, { method, headers: { 'origin': app.origin, 'content-type': 'application/json' }, body: '{}' })
  expect(answer.status).toBe(status)
})

test('a list of shapes that names one company in an array is refused', async () => {
  const answer = await browser.post('/api/shapes/live', [{ shape: 'folders', company: [own, foreign], handle: 'h', offset: '0_0' }])
  expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_input' } })
})

test('an offset past the end of the log is said to be wrong, without Electric\'s own words', async () => {
  const { entry } = await browser.follow('folders', own)
  const answer = await browser.shape('folders', { company: own, handle: entry.handle, offset: '99999999999999_0' })
  expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_input', fields: { offset: expect.any(String) } } })
  expect(answer.text).not.toContain('folders')
})

function fill(trick: string): string {
  return trick.replaceAll('OWN', own).replaceAll('FOREIGN', foreign).replaceAll('%46OREIGN', `%46${foreign}`)
}
