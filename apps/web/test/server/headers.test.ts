import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { App } from './support/app'
import { makeDatabase } from './support/databases'

let app: App
beforeAll(async () => {
  app = await App.start()
})
afterAll(() => app.stop())

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

test.each(['/', '/api/config', '/api/nowhere', '/workers/pglite.bundle.js'])('%s carries the security headers', async (path) => {
  const { headers } = await fetch(`${app.origin}${path}`)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('same-origin')
  expect(headers.get('content-security-policy')).toContain('default-src \'self\'')
  expect(headers.get('content-security-policy')).toContain('frame-ancestors \'none\'')
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
  expect(headers.get('x-powered-by')).toBeNull()
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
