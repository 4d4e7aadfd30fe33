import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createAccount, type Account } from '~/utils/account'
import { owedSignOut, PERSON_KEY, storeDatabaseName, storePerson } from '~/utils/person'
import { createPGliteAccess, type PGliteAccess } from '~/utils/pglite-access'
import { TestLeader } from './support/leader'
import { sees } from './support/here'
import { emptyDatabase, id } from './support/local-database'

const mara = { id: id(1), name: 'Mara', email: 'mara@example.org' }
const nils = { id: id(2), name: 'Nils', email: 'nils@example.org' }

/** The server, as far as accounts go: who signs in, and whether it can be reached. */
const server = { reachable: true, person: mara, calls: [] as string[], databaseName: '' }
let access: PGliteAccess
let account: Account
let left: string[]

function standServer() {
  vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    const path = String(input)
    server.calls.push(path)
    if (!server.reachable) return Promise.reject(new TypeError('offline'))
    const body = path.endsWith('/config') ? { databaseName: server.databaseName, demo: false } : path.endsWith('sign-out') ? {} : { user: server.person }
    return Promise.resolve(new Response(JSON.stringify(body)))
  })
}

function openPage() {
  access = createPGliteAccess()
  left = []
  account = createAccount({ access, leaveTo: path => left.push(path), startWorker: () => () => {} })
}

beforeEach(() => {
  localStorage.clear()
  // A name of its own for each test: a late word of one's leader must not reach the next.
  Object.assign(server, { reachable: true, person: mara, calls: [], databaseName: crypto.randomUUID() })
  Object.assign(globalThis, { indexedDB: { databases: () => Promise.resolve([]) } })
  standServer()
})
afterEach(() => {
  account.dispose()
  access.stop()
  vi.restoreAllMocks()
})

describe('opening the page', () => {
  test('the database of who was here opens with no request at all, offline too', async () => {
    storePerson(mara)
    storeDatabaseName('test')
    server.reachable = false
    openPage()
    await account.boot()
    expect(access.client.value?.userId).toBe(mara.id)
    expect(server.calls).toEqual([])
  })

  test('a pointer that makes no sense is nobody, not a crash', async () => {
    localStorage.setItem(PERSON_KEY, '{"id":7')
    openPage()
    await account.boot()
    expect(account.person.value).toBeUndefined()
    expect(access.status.value).toBe('none')
  })
})

describe('signing out', () => {
  async function signedIn() {
    openPage()
    await account.signIn(mara.email, 'x')
    return new TestLeader(access.client.value!.database, await emptyDatabase())
  }

  test('ends the session, deletes the database, forgets the person, and leaves', async () => {
    const leader = await signedIn()
    await account.signOut()
    expect(leader.asked.some(({ kind }) => kind === 'purge')).toBe(true)
    expect(server.calls).toContain('/api/auth/sign-out')
    expect(localStorage.getItem(PERSON_KEY)).toBeNull()
    expect(owedSignOut()).toBeUndefined()
    expect(left.at(-1)).toBe('/sign-in')
  })

  test('offline it deletes the database now, and ends the session before any other request later', async () => {
    const leader = await signedIn()
    server.reachable = false
    await account.signOut()
    expect(leader.asked.some(({ kind }) => kind === 'purge')).toBe(true)
    expect(owedSignOut()).toMatchObject({ session: true, database: false })
    account.dispose()

    Object.assign(server, { reachable: true, person: nils, calls: [] })
    openPage()
    await account.signIn(nils.email, 'x')
    expect(server.calls[0]).toBe('/api/auth/sign-out')
    expect(account.person.value?.id).toBe(nils.id)
    expect(owedSignOut()).toBeUndefined()
  })

  test('a tab killed between the steps leaves the rest to the next page, which shows nothing meanwhile', async () => {
    storePerson(mara)
    storeDatabaseName('test')
    localStorage.setItem('mvdb:sign-out', JSON.stringify({ person: mara, session: true, database: true }))
    openPage()
    await account.boot()
    expect(access.client.value).toBeUndefined()
    expect(account.person.value).toBeUndefined()
    expect(owedSignOut()).toBeUndefined()
  })
})

describe('another person', () => {
  test('who signs in over the first gets a page of their own, and the first one\'s database is deleted', async () => {
    openPage()
    await account.signIn(mara.email, 'x')
    const leader = new TestLeader(access.client.value!.database, await emptyDatabase())
    server.person = nils
    await account.signIn(nils.email, 'x')
    expect(leader.asked.some(({ kind }) => kind === 'purge')).toBe(true)
    expect(JSON.parse(localStorage.getItem(PERSON_KEY) ?? '{}')).toMatchObject({ id: nils.id })
    expect(left).toContain('/')
  })

  test('who signed in in another tab makes this one leave everything of the first behind', async () => {
    openPage()
    await account.signIn(mara.email, 'x')
    storePerson(nils)
    window.dispatchEvent(new StorageEvent('storage', { key: PERSON_KEY }))
    expect(left).toEqual(['/'])
  })

  test('a session that changed hands under an open page ends in the page of who the server says is here', async () => {
    openPage()
    await account.signIn(mara.email, 'x')
    const leader = new TestLeader(access.client.value!.database, await emptyDatabase())
    await sees(() => expect(access.status.value).toBe('ready'))
    server.person = nils
    leader.end('wrong_user')
    await sees(() => expect(left).toEqual(['/']))
    expect(JSON.parse(localStorage.getItem(PERSON_KEY) ?? '{}')).toMatchObject({ id: nils.id })
  })
})
