import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { smallCast } from '../../support/cast'
import type { Front } from '../../support/front'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { SIGHTS, type Places } from '../../support/pages'
import { company, person } from '../../support/people'
import type { Scenes } from '../../support/scenes'
import { anotherTab, visit } from '../../support/visit'
import { staysTrue, until } from '../../support/wait'
import { push } from '../../support/walk'

/** The version that the page runs in: a build of its own, or the name that a front gave it. */
const versionOf = (page: Page) => page.evaluate(() => document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content ?? 'first')
const buildOf = async (page: Page) => /buildId:"([^"]+)"/.exec(await page.content())?.[1] ?? ''

/** Waits until a version of the app is on the device as a whole, and this page is given its files. */
const isKept = (page: Page) => until('the app is kept on the device', () => page.evaluate(async () => {
  const { active } = await navigator.serviceWorker.getRegistration() ?? {}
  return active?.state === 'activated' && navigator.serviceWorker.controller !== null
}), { deadline: 60_000 })

const looksForUpdate = (page: Page) => page.evaluate(async () => {
  const registration = await navigator.serviceWorker.getRegistration()
  await registration?.update().catch(() => undefined)
  // Whether it fails or comes, the new one has been through its installation.
  const { installing } = registration ?? {}
  if (installing) await new Promise<void>(resolve => installing.addEventListener('statechange', () => { if (installing.state !== 'installing') resolve() }))
})

/** What the browser holds of the app, for the report of a failure. */
const keptIn = (page: Page) => page.evaluate(async () => {
  const { active, waiting, installing } = await navigator.serviceWorker.getRegistration() ?? {}
  const { controller } = navigator.serviceWorker
  return JSON.stringify({ active: active?.state, waiting: waiting?.state, installing: installing?.state, controller: controller?.state, isActive: controller === active, caches: await caches.keys(), offered: document.body.textContent.includes('A new version is ready') })
})

const offer = (page: Page) => page.getByText('A new version is ready', { exact: true }).first()

const shows = (page: Page, path: string, heading: RegExp) =>
  until(`${path} shows its heading`, async () => (await page.locator('h1').allInnerTexts()).some(text => heading.test(text.trim())))

/** Opens an address by typing it, as from a letter: no page of the app was there before. */
async function opens(page: Page, front: Front, path: string, heading: RegExp): Promise<void> {
  await page.goto(`${front.origin}${path}`)
  await shows(page, path, heading)
}

/** The pages of somebody who is here, as they are without anything opened on them. */
const addresses = (places: Places) => SIGHTS
  .filter(({ viewer, offline, act }) => viewer === 'owner' && !offline && !act)
  .map(({ path, heading }) => ({ path: path(places), heading }))

export const shellScenes: Scenes = (stack) => {
  test('after one visit every page opens with the server off: by its address, by a reload, in a new tab, after a restart of the browser', async () => {
    const { people: { owner }, places } = await smallCast(stack().sql)
    const viewer = { ...owner, name: 'Olga' }
    const here = await visit(stack(), viewer, undefined, true)
    const { browser, front } = here
    await holdsWhatTheyMaySee(stack().sql, [{ page: here.page, user: viewer }])
    await isKept(here.page)
    front.unplug()

    for (const { path, heading } of addresses(places)) await opens(here.page, front, path, heading)
    await here.page.reload()
    const tab = await anotherTab(here, `/c/${places.company}`)
    await holdsWhatTheyMaySee(stack().sql, [{ page: here.page, user: viewer }, { page: tab, user: viewer }])

    await browser.context.close()
    await browser.reopen()
    const after = browser.context.pages()[0] ?? await browser.context.newPage()
    await opens(after, front, `/c/${places.company}/w/${places.workspace}/${places.folder}`, /\S/)
    await holdsWhatTheyMaySee(stack().sql, [{ page: after, user: viewer }])
  }, 180_000)

  test('a new version waits until a person agrees, and goes past what is typed in another tab', async () => {
    const who = await person(stack().sql, 'Upda')
    await company(stack().sql, [[who, 'owner']])
    const here = await visit(stack(), who, undefined, true)
    const { front, page } = here
    await isKept(page)
    const first = await page.evaluate(() => caches.keys())
    const second = randomUUID()
    await page.goto(`${front.origin}/settings`)
    const build = await buildOf(page)
    // The one before it comes and is never agreed to.
    front.upgrade(build, randomUUID())
    await looksForUpdate(page)
    front.upgrade(build, second)
    const name = page.getByLabel(/^name/i).first()
    await name.fill('Typed and not saved')
    await looksForUpdate(page)
    await offer(page).waitFor()
    expect(await name.inputValue()).toBe('Typed and not saved')

    const other = await anotherTab(here)
    // Not onTestFailed: the browser has been closed by then.
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') console.error(await Promise.all([page, other].map(keptIn)))
    })
    expect(await versionOf(other)).toBe('first')
    await offer(other).waitFor()
    await other.getByRole('button', { name: 'Reload now' }).click()
    await until('the other tab runs the new version', async () => await versionOf(other) === second)
    await staysTrue('the tab with the typed text stays as it is', async () => await name.inputValue() === 'Typed and not saved', 1_000)
    // And it still opens parts of its own version, which the server may not have any more.
    await until('the version between them has gone', async () => (await page.evaluate(() => caches.keys())).length === 2)
    expect(await page.evaluate(() => caches.keys())).toEqual(expect.arrayContaining(first))
    await holdsWhatTheyMaySee(stack().sql, [{ page, user: who }, { page: other, user: who }])
    await page.getByRole('button', { name: 'Reload now' }).click()
    await until('this tab runs it too', async () => await versionOf(page) === second)
    await holdsWhatTheyMaySee(stack().sql, [{ page, user: who }])
  }, 120_000)

  for (const [about, paths, status, body] of [
    ['a file that the server does not give', ['/icons/app-512.png'], 500, {}],
    ['a file that is another than the build\'s', ['/icons/app-512.png'], 200, '<html>Please sign in to the Wi-Fi</html>'],
    ['a page that is somebody else\'s', ['/'], 200, '<html>Please sign in to the Wi-Fi</html>'],
  ] as const) test(`the version before goes on where the new one comes with ${about}`, { timeout: 120_000, tags: [SOAK] }, async () => {
    const who = await person(stack().sql, 'Fail')
    await company(stack().sql, [[who, 'owner']])
    const { front, page } = await visit(stack(), who, undefined, true)
    await isKept(page)
    await holdsWhatTheyMaySee(stack().sql, [{ page, user: who }])
    const build = await buildOf(page)
    front.upgrade(build, randomUUID())
    front.refuse([...paths], status, body)
    await looksForUpdate(page)
    front.unplug()
    await page.reload()
    expect(await versionOf(page)).toBe('first')
    await holdsWhatTheyMaySee(stack().sql, [{ page, user: who }])
    expect(await offer(page).count()).toBe(0)

    front.plugIn()
    // Workbox would have stopped to listen by the second of them.
    for (const another of [randomUUID(), randomUUID()]) {
      front.upgrade(build, another)
      await looksForUpdate(page)
    }
    expect(await offer(page).count()).toBe(0)
    front.allow()
    await looksForUpdate(page)
    await offer(page).waitFor()
  })

  test('no cache of the service worker holds an answer that was for a person', async () => {
    const { sql } = stack()
    const { people: { owner }, places } = await smallCast(sql)
    const { front, page } = await visit(stack(), { ...owner, name: 'Olga' }, undefined, true)
    await isKept(page)
    // Every page asks for what is its own; what a browser asks for by itself is the same for all of them: the page.
    for (const { path, heading } of addresses(places)) {
      await push(page, path)
      await shows(page, path, heading)
    }
    for (const { path, heading } of addresses(places).slice(0, 3)) await opens(page, front, path, heading)
    const { rows: [{ name } = { name: '' }] } = await sql.query<{ name: string }>('select name from companies where id = $1', [places.company])
    const kept = await page.evaluate(async () => {
      const found: { url: string, text: string }[] = []
      for (const key of await caches.keys()) {
        const cache = await caches.open(key)
        for (const request of await cache.keys()) found.push({ url: request.url, text: await (await cache.match(request))!.text() })
      }
      return found
    })
    expect(kept.length).toBeGreaterThan(20)
    expect(kept.map(({ url }) => new URL(url).pathname).filter(path => !/^\/(?:_nuxt\/|workers\/|icons\/|manifest\.webmanifest$|__current$|$)/.test(path))).toEqual([])
    for (const secret of [name, owner.email, owner.id, places.company]) {
      expect(kept.filter(({ text }) => text.includes(secret)).map(({ url }) => url)).toEqual([])
    }
  }, 120_000)
}
