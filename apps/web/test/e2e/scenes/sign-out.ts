import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { SCHEMA_VERSION } from '../../../shared/generated/catalogue.gen'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { localSql, pointer, signIn, signOut } from '../../support/page'
import { addLead, company, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { anotherTab, visit } from '../../support/visit'
import { staysTrue, until } from '../../support/wait'

/** Names of every store of this origin in which a database of that person could lie. */
async function storesOf(page: Page, userId: string): Promise<string[]> {
  return page.evaluate(async (id) => {
    const names: string[] = []
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        names.push(`${path}/${name}`)
        if (handle.kind === 'directory' && !name.includes(id)) await walk(handle as FileSystemDirectoryHandle, `${path}/${name}`)
      }
    }
    await walk(await navigator.storage.getDirectory(), '')
    for (const { name } of await indexedDB.databases()) names.push(name ?? '')
    return names.filter(name => name.includes(id))
  }, userId)
}

/** What a database says that was closed because another person is here now. */
const ENDED = /Another person is signed in/

export function signOutScenes(stack: () => Stack) {
  describe('another person at the same device', () => {
    test('signing out deletes the database, and the next person gets theirs only, with a tab of the first still open', async () => {
      const { sql } = stack()
      const [ada, bob] = [await person(sql, 'Ada'), await person(sql, 'Bert')]
      const hers = await company(sql, [[ada, 'owner']])
      const his = await company(sql, [[bob, 'owner']], { folders: 20 })
      await sql.query('update companies set name = $2 where id = $1', [hers.id, 'Of Ada alone'])
      const here = await visit(stack(), ada)
      const left = await anotherTab(here)
      await holdsWhatTheyMaySee(sql, [here.page, left].map(page => ({ page, user: ada })))
      await left.getByText('Of Ada alone').first().waitFor({ timeout: 10_000 })

      await signOut(here.page)
      expect(await pointer(here.page)).toBeUndefined()
      await until('the database of the first person is gone from the device', async () => (await storesOf(here.page, ada.id)).length === 0, { deadline: 15_000 })

      await signIn(here.page, here.front.origin, bob)
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: bob }])
      await addLead(sql, hers.id, 'for Ada, after she left')
      await addLead(sql, his.id, 'for Bert')
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: bob }])
      // The tab that was left open shows nothing of hers, and nothing of hers comes to lie on the device again.
      await until('the tab left open shows nothing of the first person', async () => await left.getByText('Of Ada alone').count() === 0)
      await staysTrue('nothing of the first person is stored again', async () => (await storesOf(here.page, ada.id)).length === 0, 1_500)
    })

    test('a session that the operator ends keeps the data and stops the sync, until the person signs in again', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Eve')
      const { id } = await company(sql, [[who, 'owner']])
      const here = await visit(stack(), who)
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: who }])
      await sql.query('delete from auth.sessions where user_id = $1', [who.id])
      await addLead(sql, id, 'after the end of the session')
      await until('the browser is told', () => here.front.requests.some(r => r.status === 401), { deadline: 15_000 })
      await here.page.getByText(/sign in again/i).first().waitFor({ timeout: 10_000 })
      const leads = await localSql<{ message: string }>(here.page, 'select message from leads')
      expect(leads).toHaveLength(4)
      const since = performance.now()
      await stack().sql.query('delete from auth.attempts')
      await signIn(here.page, here.front.origin, who)
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: who }], { deadline: 30_000 })
      expect(here.front.requests.filter(r => r.from > since && r.url.searchParams.get('offset') === '-1')).toEqual([])
    })

    test('a person who signs in over another, without a sign-out, fills no database but their own', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const [ada, bob] = [await person(sql, 'Adele'), await person(sql, 'Bruno')]
      const hers = await company(sql, [[ada, 'owner']])
      const his = await company(sql, [[bob, 'owner']], { folders: 20 })
      const here = await visit(stack(), ada)
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: ada }])
      expect(await storesOf(here.page, ada.id), 'a database is named by the product, the person and the version of its tables')
        .toContainEqual(expect.stringMatching(new RegExp(`/multi_vendor_local-${ada.id}-${SCHEMA_VERSION}$`)))
      // The session changes hands under the open tab, as by a second window of an older version.
      const answer = await here.page.evaluate(async ({ email, password }) => {
        const response = await fetch('/api/auth/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) })
        return response.status
      }, { email: bob.email, password: 'demo-password' })
      expect(answer).toBe(200)
      await addLead(sql, his.id, 'for Bruno alone')
      await addLead(sql, hers.id, 'for Adele alone')
      await until('the open tab is told that another person is here', async () => here.front.requests.some(r => r.status === 412) || !await pointer(here.page), { deadline: 30_000 })
      // Either the database still answers, with her rows alone, or the page says that it has ended: silence would show nothing.
      const people = await localSql<{ id: string }>(here.page, 'select id from users union select user_id from memberships')
        .catch((error: Error) => error.message)
      if (typeof people === 'string') expect(people).toMatch(ENDED)
      else expect(people).toEqual([{ id: ada.id }])
      // The page tells so, and what it says to do leads to the other person's own data.
      await here.page.reload()
      await until('the page is the other person\'s', async () => await pointer(here.page) === bob.id, { deadline: 20_000 })
      await until('the database of the first person is gone from the device', async () => (await storesOf(here.page, ada.id)).length === 0, { deadline: 15_000 })
      await holdsWhatTheyMaySee(sql, [{ page: here.page, user: bob }])
    })
  })
}
