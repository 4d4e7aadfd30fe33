import type { Page } from 'playwright-core'
import { until, within } from './wait'

/** As much of a page as asking it takes: a page of any engine has it. The text is what the function is given. */
export interface AnyPage {
  evaluate<Result>(run: (given: string) => Result | Promise<Result>, given: string): Promise<Result>
}

/** As much of a page as a person uses in a form. */
export interface FormPage extends AnyPage {
  goto(url: string): Promise<unknown>
  fill(selector: string, text: string): Promise<void>
  click(selector: string): Promise<void>
}

/** What the app gives a page under `$pglite`, as far as tests use it. */
interface LocalDatabase { query(sql: string, params: unknown[]): Promise<object[]> }
interface NuxtRoot extends Element { __vue_app__?: { $nuxt?: { $pglite?: LocalDatabase } } }

/** Runs SQL on the page's local database; throws when there is no answer in time (a leader may have gone). */
export async function localSql<Row extends object>(page: AnyPage, sql: string, params: unknown[] = [], ms = 5_000): Promise<Row[]> {
  const asked = page.evaluate(async (given) => {
    const [text, values] = JSON.parse(given) as [string, unknown[]]
    const root: NuxtRoot | null = document.querySelector('#__nuxt')
    const database = root?.__vue_app__?.$nuxt?.$pglite
    if (!database) throw new Error('this page has no local database')
    return database.query(text, values)
  }, JSON.stringify([sql, params]))
  // The race leaves the loser behind: its later rejection belongs to nobody.
  asked.catch(() => undefined)
  return await within(asked, ms, 'local query') as Row[]
}

/** How many rows a local table holds now. */
export async function localCount(page: AnyPage, table: string): Promise<number> {
  const [row] = await localSql<{ n: number }>(page, `select count(*)::int as n from ${table}`)
  return row?.n ?? 0
}

export const PASSWORD = 'demo-password'

/** Signs in through the form, as a person does, and waits until the app knows who is here. */
export async function signIn(page: FormPage, origin: string, person: { email: string, id: string }): Promise<void> {
  await page.goto(`${origin}/sign-in`)
  await page.fill('form input[type="email"]', person.email)
  await page.fill('form input[type="password"]', PASSWORD)
  await page.click('form button[type="submit"]')
  await until(`${person.email} is signed in`, async () => await pointer(page) === person.id)
}

/**
 * Opens the app in a browser that was killed. Chromium writes cookies to disk up to 30 s late and localStorage some
 * seconds late, so that a kill soon after the sign-in loses both or either (the local database is there at once): then a
 * person signs in again, and so do we. What was written with the pointer tells whether the browser lost it or the app did.
 */
export async function comeBack(page: FormPage, origin: string, person: { email: string, id: string }): Promise<void> {
  await page.goto(origin)
  const hasSession = () => page.evaluate(async () => (await fetch('/api/auth/session')).ok, '')
  const known = await pointer(page)
  if (known === undefined && await page.evaluate(() => localStorage.getItem('mvdb:database-name'), '')) throw new Error(`the app no longer knows ${person.email}, and the browser lost nothing`)
  if (await hasSession() && known === person.id) return
  await signIn(page, origin, person)
  // The pointer may have outlived the cookie: then it says nothing about the sign-in.
  await until(`${person.email} has a session again`, hasSession)
}

/** The user whom this browser holds to be here, by its pointer. */
export async function pointer(page: AnyPage): Promise<string | undefined> {
  const text = await page.evaluate(() => localStorage.getItem('mvdb:user'), '')
  return text ? (JSON.parse(text) as { id: string }).id : undefined
}

/** Signs out as a person does, and waits for the sign-in page. */
export async function signOut(page: Page): Promise<void> {
  await page.getByTestId('person-menu').click()
  await page.getByRole('menuitem', { name: /sign out/i }).click()
  await page.waitForURL(/\/sign-in/)
}
