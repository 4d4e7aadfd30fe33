import type { Page } from 'playwright-core'
import { leadsName } from '../../form/leads/journal'
import { until } from './wait'

/** The public form of a company, as a visitor at a tablet uses it. */

/** The server takes what is filled in faster for a program's. */
export const LIKE_A_PERSON_MS = 1_600

/** The form is on the device, and shows what controls it. */
export const isKept = (page: Page) => until('the form is kept on the device', () => page.evaluate(async () => (await navigator.serviceWorker.getRegistration('/f/'))?.active?.state === 'activated'), { deadline: 20_000 })

/** Types into it. A telephone is left as it is where none is given. */
export async function fill(page: Page, { name, message, phone }: { name: string, message: string, phone?: string }): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('E-mail').fill('visitor@example.com')
  if (phone !== undefined) await page.getByLabel('Phone').fill(phone)
  await page.getByLabel('Message').fill(message)
}

/** How many it says wait. */
export const waiting = async (page: Page) => Number(/^(\d+) entr/.exec(await page.getByTestId('leads-status').textContent() ?? '')?.[1] ?? '0')

export interface Noted { state: string, name: string, email: string, phone: string, message: string }

/** What the journal of a tenant's leads holds at a moment in which nobody makes it anew; undefined where there is none. */
export async function journalOf(page: Page, tenant: string): Promise<Noted[] | undefined> {
  return page.evaluate(async name => navigator.locks.request(`journal:${name}`, { mode: 'shared' }, async () => {
    const request = indexedDB.open(name)
    // An empty one in its place would be in the way of whoever makes it.
    request.onupgradeneeded = () => request.transaction?.abort()
    const database = await new Promise<IDBDatabase | undefined>((resolve) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => resolve(undefined)
    })
    if (!database) return undefined
    const all = database.transaction('entries').objectStore('entries').getAll() as IDBRequest<Noted[]>
    const noted = await new Promise<Noted[]>((resolve, reject) => {
      all.onsuccess = () => resolve(all.result.map(({ state, name, email, phone, message }) => ({ state, name, email, phone, message })))
      all.onerror = () => reject(all.error ?? new Error('The journal could not be read.'))
    })
    database.close()
    return noted
  }), leadsName(tenant))
}
