import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { comeBack, localCount, localSql } from '../../support/page'
import { company, person, type Person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { plainVisit, visit } from '../../support/visit'
import { until } from '../../support/wait'

export function firstSyncScenes(stack: () => Stack) {
  describe('first sync', () => {
    test('a person of two companies gets all of both, by two requests at a time at most', async () => {
      const { sql } = stack()
      const { rows: [both] } = await sql.query<Person>(`
        select u.id, u.email, u.name from users u join company_members m on m.user_id = u.id
        group by u.id having count(*) > 1 order by u.email limit 1`)
      if (!both) throw new Error('the demo data has nobody in two companies')
      const { page, front } = await visit(stack(), both)
      await holdsWhatTheyMaySee(sql, [{ page, user: both }], { deadline: 40_000 })
      expect(await localCount(page, 'folders')).toBeGreaterThan(12_000)
      expect(front.longestBeyond(2)).toBeLessThan(30)
    })

    test('a guest gets workspaces and folders, and no line about any person', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const [owner, guest] = [await person(sql, 'Ona'), await person(sql, 'Gus')]
      await company(sql, [[owner, 'owner'], [guest, 'guest']])
      const { page } = await visit(stack(), guest)
      await holdsWhatTheyMaySee(sql, [{ page, user: guest }])
      for (const table of ['company_members', 'user_groups', 'user_group_members', 'leads']) expect(await localCount(page, table)).toBe(0)
      expect(await localCount(page, 'folders')).toBe(60)
    })

    test('a worker that is there before the page can talk to it is not waited for in vain', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Eli')
      await company(sql, [[who, 'owner']])
      // What is held here is fetched by Playwright itself, which speaks HTTP/1.1.
      const { page } = await plainVisit(stack(), who)
      // Until then this page may still fetch the part, and it would be held twice.
      await page.getByText(/up to date/i).first().waitFor({ timeout: 30_000 })
      await page.addInitScript(tellOfWorker)
      let held = 0
      await onPagePart(page, async () => {
        held += 1
        await until('the worker has spoken', () => page.evaluate(() => 'workerHasSpoken' in globalThis))
      })
      await page.reload()
      await holdsWhatTheyMaySee(sql, [{ page, user: who }])
      expect(held).toBe(1)
    })

    for (const part of ['script', 'part in the page'] as const) test(`a worker whose ${part} could not be loaded comes when it can`, { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Ula')
      await company(sql, [[who, 'owner']])
      const { front, page } = await plainVisit(stack(), who)
      let refused = 0
      page.context().on('response', (answer) => { if (answer.status() === 503) refused++ })
      if (part === 'script') front.refuse(['/workers/pglite.bundle.js'], 503, {})
      else await onPagePart(page, async () => refused === 0 && 'refuse')
      await page.reload()
      await until('it is refused', () => refused > 0)
      front.allow()
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
    })

    test('a browser killed in the first sync goes on from its offset and asks for no page twice', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Kit')
      await company(sql, [[who, 'owner']], { workspaces: 4, folders: 40_000 })
      let release = () => {}
      const held = new Promise<void>((resolve) => { release = resolve })
      const { browser, front, page } = await visit(stack(), who, (f) => {
        // The second page of the folders is held back, so that the kill comes with the first page here and the second not.
        f.gate = request => request.shape === 'folders' && request.url.searchParams.get('offset') !== '-1' ? held : undefined
      })
      const before = await until('the first page is applied and the second asked for', async () => {
        const asked = front.requests.find(r => r.shape === 'folders' && r.url.searchParams.get('offset') !== '-1')
        return asked && (await localCount(page, 'folders') || undefined)
      }, { deadline: 40_000 })
      expect(before).toBeGreaterThan(0)
      expect(before).toBeLessThan(40_000)
      const offset = front.requests.find(r => r.shape === 'folders' && r.url.searchParams.get('offset') !== '-1')?.url.searchParams.get('offset')

      await browser.kill()
      front.gate = undefined
      release()
      const killed = performance.now()
      await browser.reopen()
      const again = await browser.context.newPage()
      await comeBack(again, front.origin, who)
      await holdsWhatTheyMaySee(sql, [{ page: again, user: who }], { deadline: 40_000 })

      const after = front.requests.filter(r => r.shape === 'folders' && r.from > killed)
      expect(after[0]?.url.searchParams.get('offset')).toBe(offset)
      expect(front.snapshots('folders', killed)).toEqual([])
    })

    test('pages of a first sync are visible as they come, with progress', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Pam')
      await company(sql, [[who, 'owner']], { workspaces: 2, folders: 30_000 })
      let release = () => {}
      const held = new Promise<void>((resolve) => { release = resolve })
      const { page, front } = await visit(stack(), who, (f) => {
        f.gate = request => request.shape === 'folders' && request.url.searchParams.get('offset') !== '-1' ? held : undefined
      })
      const asked = () => front.requests.some(r => r.shape === 'folders' && r.url.searchParams.get('offset') !== '-1')
      await until('the first page is applied and the second asked for', asked, { deadline: 30_000 })
      const rows = await localCount(page, 'folders')
      expect(rows).toBeGreaterThan(1000)
      expect(rows).toBeLessThan(30_000)
      // The status is written a moment after the rows.
      const status = await until('the status says so', async () => {
        const [found] = await localSql<{ row_count: number, row_estimate: number, complete: boolean }>(page, 'select row_count, row_estimate, complete from sync_status where shape = \'folders\'')
        return found?.row_count === rows ? found : undefined
      })
      expect(status).toEqual({ row_count: rows, row_estimate: 30_000, complete: false })
      await page.getByText(/of about 30,\d{3}/).first().waitFor({ timeout: 10_000 })
      release()
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 40_000 })
    })
  })
}

/** Does something before PGlite's part in the page is given to it, or has it refused. */
async function onPagePart(page: Page, before: () => Promise<unknown>): Promise<void> {
  await page.route(/\/_nuxt\/.*\.js/, async (route) => {
    const answer = await route.fetch()
    // By a lock's name that only it has.
    const isRefused = (await answer.text()).includes('pglite-tab-close:') && await before() === 'refuse'
    if (isRefused) await route.fulfill({ status: 503 })
    else await route.fulfill({ response: answer })
  })
}

/** Runs in the page, before its own code. */
function tellOfWorker(): void {
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options)
      this.addEventListener('message', () => Object.assign(globalThis, { workerHasSpoken: true }), { once: true })
    }
  }
}
