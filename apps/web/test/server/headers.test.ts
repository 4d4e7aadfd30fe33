import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { App } from './support/app'
import { makeDatabase } from './support/databases'

let app: App
/** Where people come by TLS. */
let secure: App
beforeAll(async () => {
  [app, secure] = await Promise.all([App.start(), App.start({ PUBLIC_URL: 'https://app.example.com' })])
})
afterAll(() => Promise.all([app.stop(), secure.stop()]))

test('a page may run its own inline scripts, by their hashes, and no others', async () => {
  const page = await fetch(`${app.origin}/sign-in`)
  const html = await page.text()
  const policy = page.headers.get('content-security-policy') ?? ''
  const scripts = policy.split('; ').find(part => part.startsWith('script-src')) ?? ''
  expect(scripts).not.toContain('unsafe-inline')
  expect(scripts).not.toContain('\'unsafe-eval\'')
  const inline = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script)
  expect(inline.length).toBeGreaterThan(0)
  for (const script of inline) expect(scripts).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`)
})

test('a page holds nobody\'s data and no event handlers that the policy would stop', async () => {
  const html = await (await fetch(`${app.origin}/`)).text()
  expect(html).not.toMatch(/\son\w+="/)
  expect(html).not.toContain('@example.com')
})

/** One of each kind of answer: what it is, the request, and the status that shows that it is of that kind. */
const ANSWERS: [string, string, RequestInit, number][] = [
  ['a page', '/', {}, 200],
  ['a page that there is not', '/no/such/page', {}, 200],
  ['a page, its head alone', '/', { method: 'HEAD' }, 200],
  ['a built file', 'ASSET', {}, 200],
  ['a built file that the browser has', 'ASSET', { headers: { 'if-none-match': 'ETAG' } }, 304],
  ['a built file that there is not', '/_nuxt/nothing.js', {}, 404],
  ['a file that there is not, asked for as a page', '/_nuxt/nothing', { headers: { accept: 'text/html' } }, 404],
  ['a route of the framework that is not for browsers', '/__nuxt_error', {}, 404],
  ['the service worker', '/sw.js', {}, 200],
  ['the worker', '/workers/pglite.bundle.js', {}, 200],
  ['the worker, compressed', '/workers/pglite.bundle.js', { headers: { 'accept-encoding': 'br' } }, 200],
  ['its WebAssembly', '/workers/pglite.wasm', { method: 'HEAD' }, 200],
  ['the form', '/f/nobody', {}, 200],
  ['the form as a device keeps it', '/f/index.html', {}, 200],
  ['the form\'s service worker', '/f/sw.js', {}, 200],
  ['the worker of the form\'s session, which loads WebAssembly', 'SESSION', {}, 200],
  ['an answer of the API', '/api/config', {}, 200],
  ['an answer to who is not signed in', '/api/auth/session', {}, 401],
  ['an address under /api that there is not', '/api/nowhere', {}, 404],
  ['a method that there is not', '/api/config', { method: 'DELETE', headers: { 'origin': 'ORIGIN', 'content-type': 'application/json' } }, 404],
  ['what is refused as another site\'s', '/api/mutations', { method: 'POST', body: '{}' }, 403],
  ['what is no JSON', '/api/mutations', { method: 'POST', body: '{}', headers: { origin: 'ORIGIN' } }, 415],
  ['what is wrong', '/api/auth/sign-in', { method: 'POST', body: '{}', headers: { 'origin': 'ORIGIN', 'content-type': 'application/json' } }, 400],
  ['what is too long', '/api/auth/sign-in', { method: 'POST', body: ' '.repeat(300_000), headers: { 'origin': 'ORIGIN', 'content-type': 'application/json' } }, 413],
]

const session = `/f/_later/${readdirSync(join(import.meta.dirname, '../../public/f/_later')).find(name => name.startsWith('database.worker'))}`

test.each(ANSWERS)('%s carries the security headers', async (_, path, init, status) => {
  const asset = /\/_nuxt\/[\w-]+\.js/.exec(await (await fetch(`${app.origin}/`)).text())?.[0] ?? ''
  const etag = (await fetch(`${app.origin}${asset}`, { method: 'HEAD' })).headers.get('etag') ?? ''
  const put = (text: string) => text.replace('ASSET', asset).replace('SESSION', session).replace('ETAG', etag).replace('ORIGIN', app.origin)
  for (const at of [app, secure]) {
    const given = Object.entries(init.headers ?? {}).map(([name, value]) => [name, put(String(value))])
    const { status: got, headers } = await fetch(`${at.origin}${put(path)}`, { ...init, redirect: 'manual', headers: Object.fromEntries(given.map(([name, value]) => [name, value === app.origin ? at.origin : value])) })
    expect(got).toBe(status)
    const policy = headers.get('content-security-policy') ?? ''
    const parts = new Map(policy.split('; ').map(part => [part.split(' ')[0], part.split(' ').slice(1)]))
    expect(parts.get('default-src')).toEqual(['\'self\''])
    expect(parts.get('frame-ancestors')).toEqual(['\'none\''])
    expect(parts.get('object-src')).toEqual(['\'none\''])
    expect(parts.get('worker-src')).toEqual(['\'self\''])
    expect(parts.get('script-src')?.filter(source => !source.startsWith('\'sha256-'))).toEqual(['\'self\'', '\'wasm-unsafe-eval\''])
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('permissions-policy')).toBe('camera=(), geolocation=(), microphone=()')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('server')).toBeNull()
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('strict-transport-security')).toBe(at === secure ? 'max-age=31536000' : null)
  }
})

test('no address of the app sends the browser elsewhere', async () => {
  for (const path of ['/', '/sign-in/', '//evil.example', '/\\\\evil.example', '/%2F%2Fevil.example', '/api/', '/workers', '/?next=https://evil.example', '/sign-in?next=//evil.example']) {
    const { status, headers } = await fetch(`${app.origin}${path}`, { redirect: 'manual' })
    expect([path, status < 300 || status >= 400, headers.get('location'), headers.get('refresh')]).toEqual([path, true, null, null])
  }
})

test('built files are kept by the browser for ever, pages and answers are not', async () => {
  const page = await fetch(`${app.origin}/`)
  const asset = /\/_nuxt\/[\w-]+\.js/.exec(await page.text())?.[0] ?? ''
  expect((await fetch(`${app.origin}${asset}`)).headers.get('cache-control')).toContain('immutable')
  expect(page.headers.get('cache-control')).toBe('no-cache')
  expect((await fetch(`${app.origin}/api/config`)).headers.get('cache-control')).toBe('private, no-store')
})

test('an address under /api that does not exist answers with a typed 404, never with a page', async () => {
  for (const path of ['/api', '/api/', '/api/nowhere', '/api/auth/sign-in', '/api/../api/x']) {
    const answer = await fetch(`${app.origin}${path}`)
    expect([path, answer.status]).toEqual([path, 404])
    expect(await answer.json()).toMatchObject({ code: 'not_found' })
  }
})

test('demo accounts are told in demo mode only', async () => {
  expect(await (await fetch(`${app.origin}/api/config`)).json()).toEqual({ databaseName: 'multi_vendor_local', demo: false, signUp: false, mail: false })
  const own = await makeDatabase()
  const demo = await App.start({ DEMO: '1', PGLITE_DB_NAME: 'other_name', DATABASE_URL: own.appUrl, DATABASE_MIGRATION_URL: own.ownerUrl })
  const config = await (await fetch(`${demo.origin}/api/config`)).json() as { demoAccounts: object[] }
  expect(config).toMatchObject({ databaseName: 'other_name', demo: true, signUp: true, mail: false })
  expect(config.demoAccounts.length).toBeGreaterThan(5)
  await demo.stop()
  await own.drop()
})
