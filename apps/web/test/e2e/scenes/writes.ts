import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { discardAll, journalIsHere, journalStates, type JournalRoot } from '../../support/journal'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { comeBack, localSql, signIn, signOut } from '../../support/page'
import { company, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { anotherTab, visit, type Visit } from '../../support/visit'
import { until } from '../../support/wait'

/** A folder at the top of a workspace; see `grow`. */
const OLD = 'Folder 10'

/** Its line in the tree, marked as not sent or not. */
const line = (page: Page, name: string) => page.getByRole('treeitem', { name: new RegExp(`^${name}( Not sent yet)?$`) })

async function rename(page: Page, from: string, to: string): Promise<void> {
  await line(page, from).focus()
  await page.keyboard.press('F2')
  await page.getByLabel(`New name of ${from}`).fill(to)
  await page.keyboard.press('Enter')
  await line(page, to).waitFor()
}

/** The app with all its rows is on the device. */
async function isHere(page: Page): Promise<void> {
  await page.getByText(/up to date/i).first().waitFor({ timeout: 30_000 })
  await until('the app is kept on the device', () => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated'), { deadline: 30_000 })
}

async function makeFolder(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New folder' }).first().press('Enter')
  await page.getByRole('dialog').getByRole('textbox').fill(name)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

/** Has a page move folders under each other at random, each as soon as the one before is saved. */
async function moveAround(page: Page, { company: id, workspace, folders, count }: { company: string, workspace: string, folders: readonly string[], count: number }): Promise<void> {
  await journalIsHere(page)
  await page.evaluate(async ({ id: companyId, workspace: workspaceId, folders: all, count: most }) => {
    const journal = (document.querySelector('#__nuxt') as JournalRoot | null)?.__vue_app__?.$nuxt?.$journal
    const one = () => all[Math.floor(Math.random() * all.length)] ?? ''
    for (let n = 0; n < most; n++) {
      const parent = Math.random() < 0.2 ? null : one()
      await journal?.add({ mutation: { id: crypto.randomUUID(), name: 'folder.move', version: 1, company: companyId, input: { ids: [one()], workspace_id: workspaceId, parent_id: parent } }, about: '', at: Date.now() })
    }
  }, { id, workspace, folders, count })
}

/** In the page: tells the test. */
declare function noteSaved(edit: string): Promise<void>

/**
 * Has a page make edits one after another, as fast as they are saved: folders, new names of them, and deletions. Tells of
 * each that was acknowledged; ends with the page.
 */
async function editOnAndOn(page: Page, { company: id, workspace, count }: { company: string, workspace: string, count: number }, saved: (edit: string) => void): Promise<void> {
  await page.exposeFunction('noteSaved', saved)
  await journalIsHere(page)
  await page.evaluate(async ([companyId, workspaceId, most]) => {
    const journal = (document.querySelector('#__nuxt') as JournalRoot | null)?.__vue_app__?.$nuxt?.$journal
    const made: string[] = []
    for (let n = 0; n < Number(most); n++) {
      const key = crypto.randomUUID()
      const kind = n % 5 === 3 ? 'rename' : n % 5 === 4 ? 'delete' : 'create'
      const folder = kind === 'create' ? crypto.randomUUID() : made[Math.floor(made.length / 2)]
      if (kind === 'create') made.push(folder ?? '')
      if (kind === 'delete') made.splice(Math.floor(made.length / 2), 1)
      const input = kind === 'create'
        ? { id: folder, workspace_id: workspaceId, parent_id: null, name: `made ${key}` }
        : kind === 'rename' ? { id: folder, name: `renamed ${key}` } : { ids: [folder], deletion_id: crypto.randomUUID() }
      await journal?.add({ mutation: { id: key, name: `folder.${kind}`, version: 1, company: companyId, input }, about: '', at: Date.now() })
      await noteSaved(key)
    }
  }, [id, workspace, String(count)])
}

export function writeScenes(stack: () => Stack) {
  /** How many folders the server has of a name. */
  const named = async (name: string) => (await stack().sql.query<{ n: number }>('select count(*)::int as n from folders where name = $1 and deleted_at is null', [name])).rows[0]?.n

  describe('edits without a network', () => {
    test('what is edited offline is seen at once, survives the browser’s end of the page, and is with the server once when the network is back', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Wri')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const { browser, front, page } = await visit(stack(), who, undefined, true)
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      await isHere(page)
      await line(page, OLD).waitFor()

      front.unplug()
      await browser.context.setOffline(true)
      await rename(page, OLD, 'Renamed on a plane')
      await makeFolder(page, 'Made on a plane')
      await line(page, 'Made on a plane').waitFor()
      await page.getByTestId('changes-badge').waitFor()
      await page.reload()
      await line(page, 'Renamed on a plane').waitFor({ timeout: 20_000 })
      await line(page, 'Made on a plane').waitFor()
      expect(await named('Renamed on a plane')).toBe(0)
      expect(await journalStates(page)).toEqual({ waiting: 2 })

      front.plugIn()
      await browser.context.setOffline(false)
      await until('the edits are with the server', async () => {
        return await named('Renamed on a plane') === 1 && await named('Made on a plane') === 1
      }, { deadline: 20_000 })
      await until('the journal holds nothing unsent', async () => JSON.stringify(await journalStates(page)) === JSON.stringify({ done: 2 }))
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
      expect(await localSql(page, 'select * from overlay.laid')).toEqual([])
    })

    for (const { kills, edits, people, ...how } of [{ kills: 2, edits: 60, people: 1, timeout: 90_000 }, { kills: 10, edits: 200, people: 2, timeout: 900_000, tags: [SOAK] }]) {
      test(`${people === 1 ? 'a browser that is' : 'browsers that are'} killed ${kills} times in the middle of edits: what was saved is done once, or its author sees it`, how, async () => {
        const { sql } = stack()
        const who = await Promise.all(Array.from({ length: people }, (_, n) => person(sql, `Kil${n}`)))
        const { id, workspaces: [workspace = ''] } = await company(sql, who.map(one => [one, 'owner']))
        const visits: Visit[] = []
        for (const one of who) visits.push(await visit(stack(), one))
        const saved = new Set<string>()
        await Promise.all(visits.map(async ({ browser, front, page: first }, n) => {
          let page = first
          await page.getByText(/up to date/i).first().waitFor({ timeout: 30_000 })
          for (let round = 0; round <= kills; round++) {
            // A kill ends it wherever it is.
            const editing = editOnAndOn(page, { company: id, workspace, count: edits }, edit => saved.add(edit)).catch((error: unknown) => { if (round === kills) throw error })
            if (round < kills) {
              // In the middle: at another place each time, sometimes with the network away.
              if (round % 2) front.unplug()
              const before = saved.size
              await until('it edits', () => saved.size > before, { deadline: 30_000, every: 5 })
              await Promise.race([editing, pause(300 + 700 * Math.random())])
              await browser.kill()
              await browser.reopen()
              front.plugIn()
              page = browser.context.pages()[0] ?? await browser.context.newPage()
              await sql.query('delete from auth.attempts')
              await comeBack(page, front.origin, who[n] ?? { email: '', id: '' })
            }
            await editing
          }
          visits[n] = { browser, front, page }
          await until('everything is decided', async () => {
            const { waiting = 0, applied = 0 } = await journalStates(page)
            return waiting + applied === 0
          }, { deadline: 60_000 })
        }))
        const { rows } = await sql.query<{ id: string, status: string }>('select id, result ->> \'status\' as status from auth.mutations where company_id = $1', [id])
        const decided = new Map(rows.map(row => [row.id, row.status]))
        expect(saved.size).toBeGreaterThan(people * edits)
        expect([...saved].filter(edit => decided.get(edit) !== 'applied')).toEqual([])
        const { rows: twice } = await sql.query('select name from folders where company_id = $1 and name like \'made %\' group by name having count(*) > 1', [id])
        expect(twice).toEqual([])
        await holdsWhatTheyMaySee(sql, visits.flatMap(({ page }, n) => who[n] ? [{ page, user: who[n] }] : []), { deadline: 60_000 })
        for (const { page } of visits) expect(await localSql(page, 'select * from overlay.laid')).toEqual([])
      })
    }

    test('Ctrl-Z takes edits back, offline and after they were sent, and never from under somebody who types', async () => {
      const { sql } = stack()
      const who = await person(sql, 'Und')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const { browser, front, page } = await visit(stack(), who, undefined, true)
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      await isHere(page)
      await line(page, OLD).waitFor()
      await rename(page, OLD, 'Renamed and sent')
      await until('the edit is with the server', async () => await named('Renamed and sent') === 1, { deadline: 20_000 })

      front.unplug()
      await browser.context.setOffline(true)
      await line(page, 'Renamed and sent').focus()
      await page.keyboard.press('Delete')
      await line(page, 'Renamed and sent').waitFor({ state: 'detached' })
      await page.keyboard.press('Control+z')
      await line(page, 'Renamed and sent').waitFor()
      await page.keyboard.press('Control+z')
      await line(page, OLD).waitFor()
      await page.keyboard.press('Control+Shift+z')
      await line(page, 'Renamed and sent').waitFor()
      await page.keyboard.press('Control+z')
      await line(page, OLD).waitFor()
      // After a reload the keys know nothing of it, but the list of changes does.
      await line(page, OLD).focus()
      await page.keyboard.press('Delete')
      await line(page, OLD).waitFor({ state: 'detached' })
      await page.goto(`${front.origin}/changes`)
      await page.getByRole('button', { name: `Restore ${OLD}` }).press('Enter', { timeout: 20_000 })
      await page.getByText('Undone').first().waitFor()
      await page.getByRole('button', { name: `Restore ${OLD}` }).waitFor({ state: 'detached' })
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      // Nothing is edited before the local database is open.
      await until('it can be edited', () => page.getByRole('button', { name: 'New folder' }).first().isEnabled())
      // What is typed is the field's own to take back.
      await line(page, OLD).focus()
      await page.keyboard.press('F2')
      const field = page.getByLabel(`New name of ${OLD}`)
      await field.fill('Typed')
      await page.keyboard.press('Control+z')
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+z')
      await page.getByText('Nothing to undo.').first().waitFor()

      front.plugIn()
      await browser.context.setOffline(false)
      await until('everything is sent', async () => JSON.stringify(await journalStates(page)) === JSON.stringify({ done: 8 }), { deadline: 20_000 })
      expect((await sql.query('select 1 from folders where workspace_id = $1 and name = $2 and deleted_at is null', [first, OLD])).rowCount).toBe(1)
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
    })

    test('a folder that was made in one that somebody deleted meanwhile goes to another place that its author chooses', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Pla')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const { browser, front, page } = await visit(stack(), who, undefined, true)
      const { rows: [parent] } = await sql.query<{ id: string }>('select id from folders where workspace_id = $1 and name = $2', [first, OLD])
      await page.goto(`${front.origin}/c/${id}/w/${first}/${parent?.id}`)
      await isHere(page)
      front.unplug()
      await browser.context.setOffline(true)
      await page.getByRole('heading', { name: OLD }).waitFor()
      await makeFolder(page, 'Orphan to be')
      await sql.query('update folders set deleted_at = now(), deletion_id = gen_random_uuid() where id = $1', [parent?.id])
      front.plugIn()
      await browser.context.setOffline(false)
      await page.getByRole('button', { name: 'Look at it' }).first().click({ timeout: 20_000 })
      const card = page.getByRole('article').first()
      await card.getByRole('button', { name: 'Choose another place' }).press('Enter')
      const dialog = page.getByRole('dialog')
      await dialog.getByText(/Goes to the top of/).waitFor()
      await dialog.getByRole('button', { name: 'Move here' }).press('Enter')
      await until('it is at the top', async () => (await sql.query('select 1 from folders where name = $1 and parent_id is null and deleted_at is null', ['Orphan to be'])).rowCount === 1, { deadline: 20_000 })
      await holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000 })
    })

    test('1,000 moves that 4 browsers make at once close no ring and lose no folder, and every copy ends as the server’s', { timeout: 900_000, tags: [SOAK] }, async () => {
      const [people, moves] = [4, 250]
      const { sql } = stack()
      const who = await Promise.all(Array.from({ length: people }, (_, n) => person(sql, `Mov${n}`)))
      const { id, workspaces: [workspace = ''] } = await company(sql, who.map((one, n) => [one, n === 0 ? 'owner' : 'member']))
      const { rows } = await sql.query<{ id: string }>('select id from folders where workspace_id = $1 order by id limit 16', [workspace])
      const folders = rows.map(row => row.id)
      const { rows: [before] } = await sql.query<{ n: number }>('select count(*)::int as n from folders where workspace_id = $1', [workspace])
      const visits: Visit[] = []
      for (const one of who) visits.push(await visit(stack(), one))
      for (const { page } of visits) await page.getByText(/up to date/i).first().waitFor({ timeout: 30_000 })
      await Promise.all(visits.map(({ page }) => moveAround(page, { company: id, workspace, folders, count: moves })))
      // Whose move was decided against gives it up, each beside the others: what moves the same folder after it waits for that.
      let givenUp = 0
      await until('everything is decided', async () => {
        const left = await Promise.all(visits.map(async ({ page }) => {
          const count = await discardAll(page)
          givenUp += count
          const { waiting = 0, applied = 0, conflict = 0 } = await journalStates(page)
          return waiting + applied + conflict
        }))
        return left.every(count => count === 0)
      }, { deadline: people * people * 15_000, every: 250 })
      const { rows: [hanging] } = await sql.query<{ n: number }>(`
        with recursive tree as (
          select id from folders where workspace_id = $1 and parent_id is null
          union all select child.id from tree join folders child on child.parent_id = tree.id
        ) select count(*)::int as n from tree`, [workspace])
      expect(hanging?.n).toBe(before?.n)
      // Which is what is asked here: moves into rings were among them, and their authors were told of each.
      expect(givenUp).toBeGreaterThan(0)
      const { done } = (await Promise.all(visits.map(({ page }) => journalStates(page)))).reduce<{ done: number }>((sum, counts) => ({ done: sum.done + (counts.done ?? 0) }), { done: 0 })
      expect(done + givenUp).toBe(people * moves)
      await holdsWhatTheyMaySee(sql, visits.flatMap(({ page }, n) => who[n] ? [{ page, user: who[n] }] : []), { deadline: 60_000 })
      for (const { page } of visits) expect(await localSql(page, 'select * from overlay.laid')).toEqual([])
    })

    test('two people rename one folder: the later one is asked, sees both names, and the one they choose stays', async () => {
      const { sql } = stack()
      const [ann, bob] = [await person(sql, 'Con'), await person(sql, 'Cob')]
      const { id, workspaces: [first = ''] } = await company(sql, [[ann, 'owner'], [bob, 'member']])
      const { browser, front, page } = await visit(stack(), ann, undefined, true)
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      await isHere(page)
      front.unplug()
      await browser.context.setOffline(true)
      await rename(page, OLD, 'Name of mine')
      await sql.query('update folders set name = $3 where workspace_id = $1 and name = $2', [first, OLD, 'Name of theirs'])
      front.plugIn()
      await browser.context.setOffline(false)
      await page.getByText('Someone else changed the same thing meanwhile.').first().waitFor({ timeout: 20_000 })
      await line(page, 'Name of theirs').waitFor()
      await page.getByRole('button', { name: 'Look at it' }).first().click()
      const card = page.getByRole('article').first()
      for (const name of [OLD, 'Name of mine', 'Name of theirs']) await card.getByText(name, { exact: true }).waitFor()
      await card.getByRole('button', { name: 'Keep mine' }).click()
      await until('the chosen name is with the server', async () => await named('Name of mine') === 1)
      await page.getByText('Done today').waitFor()
      await holdsWhatTheyMaySee(sql, [{ page, user: ann }], { deadline: 30_000 })
    })

    test('who signs out with unsent edits is asked, finds them again after the next sign-in, and they are sent then', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Lea')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const here = await visit(stack(), who, undefined, true)
      const { browser, front, page } = here
      await page.goto(`${front.origin}/c/${id}/w/${first}`)
      await isHere(page)
      const tab = await anotherTab(here)
      front.unplug()
      await browser.context.setOffline(true)
      await makeFolder(page, 'Kept over a sign-out')
      await page.getByTestId('person-menu').click()
      await page.getByRole('menuitem', { name: /sign out/i }).click()
      await page.getByRole('dialog').getByText('One change is not with the server').waitFor()
      await page.getByRole('button', { name: 'Sign out and keep them here' }).click()
      await page.waitForURL(/\/sign-in/)
      front.plugIn()
      await browser.context.setOffline(false)
      await tab.close()
      await signIn(page, front.origin, who)
      await until('it is with the server', async () => await named('Kept over a sign-out') === 1, { deadline: 30_000 })
      await until('and seen', async () => JSON.stringify(await journalStates(page)) === JSON.stringify({ done: 1 }), { deadline: 30_000 })
      // What was sent is nothing that stays behind.
      await signOut(page)
      await until('the journal is gone', async () => Object.keys(await journalStates(page)).length === 0)
    })
  })
}
