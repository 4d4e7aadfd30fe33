import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { discardAll, journalStates, makeEdits } from '../../support/journal'
import { filesWith, needle, noByteOf } from '../../support/needles'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localCount, localSql, pointer, signIn, signOut } from '../../support/page'
import { addLead, company, person, type Company } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit, type Visit } from '../../support/visit'
import { until } from '../../support/wait'

/** What the issue allows in a connected browser. */
const LIMIT_MS = 30_000

/** A folder at the top of a company's first workspace. */
async function plant(sql: pg.Pool, { id, workspaces }: Company, name: string): Promise<string> {
  const folder = randomUUID()
  await sql.query('insert into folders (id, company_id, workspace_id, name, description, position) values ($1, $2, $3, $4, $5, $6)', [folder, id, workspaces[0], name, '', 'a'])
  return folder
}

/** What belongs to the device lies beside everything else: an OPFS folder with a file, and an IndexedDB database. */
async function plantOfDevice(page: Page, name: string): Promise<void> {
  await page.evaluate(async (text) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('offline-leads-x', { create: true })
    const stream = await (await folder.getFileHandle('leads', { create: true })).createWritable()
    await stream.write(text)
    await stream.close()
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.open('device-x', 1)
      request.onupgradeneeded = () => request.result.createObjectStore('journal')
      request.onsuccess = () => {
        const write = request.result.transaction('journal', 'readwrite', { durability: 'strict' })
        write.objectStore('journal').put(text, 'entry')
        write.oncomplete = () => {
          request.result.close()
          resolve()
        }
      }
      request.onerror = () => reject(request.error ?? new Error('no database'))
    })
  }, name)
}

/** A person looks at a folder and finds it again by the search: in the database, in search, in what pages keep beside it. */
async function lookAt(here: Visit, { id, workspaces }: Company, folder: string, name: string): Promise<void> {
  await until('search has taken it up', async () => (await localSql(here.page, 'select from search_titles where title = $1', [name.toLowerCase()])).length > 0)
  await here.page.goto(`${here.front.origin}/c/${id}/w/${workspaces[0]}`)
  await here.page.getByText(name).first().waitFor()
  await here.page.keyboard.press('Control+k')
  await here.page.getByTestId('search-field').fill(name)
  await here.page.getByRole('option').first().click()
  await here.page.waitForURL(url => url.pathname.endsWith(folder))
}

/** Ends the browser, as a person does, so that everything it still holds is written. */
async function end(here: Visit): Promise<void> {
  await here.browser.context.close()
}
async function comeAgain(here: Visit): Promise<void> {
  await here.browser.reopen()
  here.page = here.browser.context.pages()[0] ?? await here.browser.context.newPage()
  await here.page.goto(here.front.origin)
}

export function purgeScenes(stack: () => Stack) {
  describe('the bytes', () => {
    test('of a company that was left, of what a narrower role may not see, of one that was left while the browser was closed, and of all at the sign-out', async () => {
      const { sql } = stack()
      const [boss, who] = [await person(sql, 'Boss'), await person(sql, 'Purga')]
      const kept = await company(sql, [[who, 'owner']])
      const ended = await company(sql, [[boss, 'owner'], [who, 'member']])
      const narrowed = await company(sql, [[boss, 'owner'], [who, 'admin']])
      const words = { kept: needle(), ended: needle(), lead: needle(), narrowed: needle(), device: needle() }
      const [unsent, sent] = [needle(), needle()]
      await plant(sql, kept, words.kept)
      await plant(sql, narrowed, words.narrowed)
      const seen = await plant(sql, ended, words.ended)
      await addLead(sql, narrowed.id, words.lead)
      const here = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: who }])
      await plantOfDevice(here.page, words.device)
      await lookAt(here, ended, seen, words.ended)
      for (const word of Object.values(words)) expect(await filesWith(here.browser.profile, word)).not.toEqual([])

      // Few edits: the browser has all of the journal in memory still, which is another thing to take off the disk than much.
      here.front.unplug()
      const base = { name: words.ended }
      await makeEdits(here.page, [
        { name: 'folder.rename', company: ended.id, input: { id: seen, name: unsent }, base, about: words.ended },
        { name: 'folder.create', company: ended.id, input: { id: randomUUID(), workspace_id: ended.workspaces[0], parent_id: seen, name: unsent }, about: words.ended },
      ])
      const since = performance.now()
      await sql.query('delete from company_members where company_id = $1 and user_id = $2', [ended.id, who.id])
      await sql.query('update company_members set role = $3 where company_id = $1 and user_id = $2', [narrowed.id, who.id, 'guest'])
      here.front.plugIn()
      await until('the edits are refused', async () => (await journalStates(here.page)).refused === 2, { deadline: LIMIT_MS })
      await noByteOf(here.browser.profile, words.ended)
      expect(await filesWith(here.browser.profile, unsent), 'what was typed stays').not.toEqual([])
      expect(await discardAll(here.page)).toBe(2)
      await noByteOf(here.browser.profile, unsent)
      await noByteOf(here.browser.profile, words.lead)
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: who }])
      // It goes on: what comes now is applied to what was copied.
      await addLead(sql, kept.id, 'after the purge')
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: who }])
      await end(here)
      for (const word of [words.ended, words.lead]) expect(await filesWith(here.browser.profile, word)).toEqual([])
      for (const word of [words.kept, words.narrowed, words.device]) expect(await filesWith(here.browser.profile, word)).not.toEqual([])
      const again = here.front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')
      expect(again.filter(r => [kept.id, narrowed.id].includes(r.url.searchParams.get('company') ?? '') && r.status === 200)).toEqual([])

      // Nobody was here to hear it.
      await sql.query('delete from company_members where company_id = $1 and user_id = $2', [narrowed.id, who.id])
      await comeAgain(here)
      await noByteOf(here.browser.profile, words.narrowed)
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: who }])
      expect(await localCount(here.page, 'leads')).toBe(5)

      // Nor does the journal keep what it knows as done.
      const folder = await plant(sql, kept, words.kept)
      await makeEdits(here.page, [{ name: 'folder.rename', company: kept.id, input: { id: folder, name: sent }, about: words.kept }])
      await until('the edit is done', async () => (await journalStates(here.page)).done === 1, { deadline: LIMIT_MS })
      expect(await filesWith(here.browser.profile, sent)).toContainEqual(expect.stringContaining('IndexedDB'))
      await signOut(here.page)
      await noByteOf(here.browser.profile, words.kept)
      await noByteOf(here.browser.profile, sent)
      await end(here)
      for (const word of [words.ended, words.lead, words.narrowed, words.kept, unsent, sent]) expect(await filesWith(here.browser.profile, word)).toEqual([])
      expect(await filesWith(here.browser.profile, words.device)).not.toEqual([])
    }, 120_000)

    test('of a person whose session had only expired, when another signs in, and of that one when they leave offline', async () => {
      const { sql } = stack()
      const [ada, ben] = [await person(sql, 'Adapurga'), await person(sql, 'Benpurga')]
      const [hers, his] = [await company(sql, [[ada, 'owner']]), await company(sql, [[ben, 'owner']], { folders: 20 })]
      const words = { ada: needle(), ben: needle(), device: needle() }
      await plant(sql, hers, words.ada)
      await plant(sql, his, words.ben)
      const here = await visit(stack(), ada)
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: ada }])
      await plantOfDevice(here.page, words.device)
      await sql.query('delete from auth.sessions where user_id = $1', [ada.id])
      await sql.query('delete from auth.attempts')
      await signIn(here.page, here.front.origin, ben)
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: ben }])
      await noByteOf(here.browser.profile, words.ada)

      here.front.unplug()
      await here.page.getByTestId('person-menu').click()
      await here.page.getByRole('menuitem', { name: /sign out/i }).click()
      await noByteOf(here.browser.profile, words.ben)
      expect(await here.page.evaluate(() => localStorage.getItem('mvdb:user')).catch(() => null)).toBeNull()
      await end(here)
      for (const word of [words.ada, words.ben]) expect(await filesWith(here.browser.profile, word)).toEqual([])
      expect(await filesWith(here.browser.profile, words.device)).not.toEqual([])
      // The session ends as soon as there is a network, before anything else is asked.
      here.front.plugIn()
      const before = here.front.calls.length
      await comeAgain(here)
      await until('the session is over', async () => (await sql.query('select from auth.sessions where user_id = $1', [ben.id])).rowCount === 0)
      await here.page.getByRole('button', { name: /^sign in$/i }).waitFor()
      await until('the page has asked for what it shows', () => here.front.calls.slice(before).includes('GET /api/config'))
      expect(here.front.calls.slice(before, before + 2)).toEqual(['GET /api/auth/session', 'POST /api/auth/sign-out'])
      expect(await pointer(here.page)).toBeUndefined()
    }, 120_000)
  })
}
