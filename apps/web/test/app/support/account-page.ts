import { afterEach, beforeEach, expect, vi } from 'vitest'
import { answerBody } from '#shared/protocol/answers'
import { SCHEMA_VERSION } from '#shared/generated/catalogue.gen'
import { localDatabaseName } from '#shared/protocol/leader'
import { createAccount, type Account } from '~/utils/account'
import { OWED_KEY, type OwedSignOut } from '~/utils/owed-sign-outs'
import type { Person } from '~/utils/person'
import { createPGliteAccess, type PGliteAccess } from '~/utils/pglite-access'
import { Device } from './device'
import { sees } from './here'
import { TestLeader } from './leader'
import { emptyDatabase, id } from './local-database'

export const mara = { id: id(1), name: 'Mara', email: 'mara@example.org' }
export const nils = { id: id(2), name: 'Nils', email: 'nils@example.org' }

/** The server, as far as accounts go: who signs in, whose the browser's session is, whether it can be reached, and what fails there. */
export const server = { reachable: true, person: mara, holder: undefined as Person | undefined, failing: undefined as string | undefined, calls: [] as string[], databaseName: '' }
export const device = new Device()
/** The page that is open now, and where it went. */
export const page = {} as { access: PGliteAccess, account: Account, left: string[] }

function answer(path: string): [body: unknown, status?: number] {
  if (path === server.failing) return [answerBody('internal'), 500]
  if (path.endsWith('/config')) return [{ databaseName: server.databaseName, demo: false }]
  if (path.endsWith('/session')) return server.holder ? [{ user: server.holder }] : [answerBody('sign_in'), 401]
  server.holder = path.endsWith('/sign-in') ? server.person : undefined
  return [server.holder ? { user: server.holder } : {}]
}

function standServer() {
  vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    const path = String(input)
    server.calls.push(path)
    if (!server.reachable) return Promise.reject(new TypeError('offline'))
    const [body, status] = answer(path)
    return Promise.resolve(new Response(JSON.stringify(body), { status }))
  })
}

/** The name of a person's database on this device. */
export const databaseOf = (who: Person, version = SCHEMA_VERSION) => localDatabaseName(server.databaseName, who.id, version)
/** What an earlier page wrote down. */
export const owes = (...entries: OwedSignOut[]) => localStorage.setItem(OWED_KEY, JSON.stringify(entries))

export function openPage() {
  page.access = createPGliteAccess({ version: 'test' })
  page.left = []
  page.account = createAccount({ access: page.access, leaveTo: path => page.left.push(path), startWorker: () => () => {} })
}

/** A page with Mara, her database open and on the device. */
export async function maraIsHere() {
  openPage()
  await page.account.signIn(mara.email, 'x')
  device.folders.add(databaseOf(mara))
  const leader = new TestLeader(page.access.client.value!.database, await emptyDatabase())
  leader.onPurge = () => device.folders.delete(databaseOf(mara))
  await sees(() => expect(page.access.status.value).toBe('ready'))
  return leader
}

/** What a navigation does to a page: it goes, and the next one begins. */
export async function nextPage() {
  page.account.dispose()
  page.access.stop()
  openPage()
  await page.account.boot()
}

/** A new server, device and memory for each test of the file. */
export function freshForEachTest(): void {
  beforeEach(() => {
    localStorage.clear()
    // A name of its own for each test: a late word of one's leader must not reach the next.
    Object.assign(server, { reachable: true, person: mara, holder: undefined, failing: undefined, calls: [], databaseName: crypto.randomUUID() })
    device.clear()
    standServer()
  })
  afterEach(() => {
    page.account.dispose()
    page.access.stop()
    vi.useRealTimers()
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })
}
