import { describe, expect, test, vi } from 'vitest'
import { SCHEMA_VERSION } from '#shared/generated/catalogue.gen'
import { SWEEP_PREFIX } from '#shared/protocol/device'
import { localDatabaseName } from '#shared/protocol/leader'
import { createAccountActs } from '~/utils/account-acts'
import { owedSignOuts } from '~/utils/owed-sign-outs'
import { PERSON_KEY } from '#shared/protocol/pointer'
import { storeDatabaseName, storePerson } from '~/utils/person'
import { ServerError, serverConfig } from '~/utils/server-api'
import { databaseOf, device, freshForEachTest, mara, maraIsHere, nextPage, nils, openPage, owes, page, server } from './support/account-page'
import { sees } from './support/here'

freshForEachTest()

describe('opening the page', () => {
  test('the database of who was here opens with no request at all, offline too', async () => {
    storePerson(mara)
    storeDatabaseName('test')
    server.reachable = false
    openPage()
    await page.account.boot()
    expect(page.access.client.value?.userId).toBe(mara.id)
    expect(server.calls).toEqual([])
  })

  test('a pointer that makes no sense is nobody, not a crash', async () => {
    localStorage.setItem(PERSON_KEY, '{"id":7')
    openPage()
    await page.account.boot()
    expect(page.account.person.value).toBeUndefined()
    expect(page.access.status.value).toBe('none')
  })
})

describe('signing out', () => {
  test('ends the session, deletes the database, forgets the person, and leaves', async () => {
    await maraIsHere()
    await page.account.signOut()
    expect(device.folders).toEqual(new Set())
    expect(server.holder).toBeUndefined()
    expect(localStorage.getItem(PERSON_KEY)).toBeNull()
    expect(owedSignOuts()).toEqual([])
    expect(page.left).toEqual(['/sign-in'])
  })

  test('offline it deletes the database now, and ends the session before any other request later', async () => {
    await maraIsHere()
    server.reachable = false
    await page.account.signOut()
    expect(device.folders).toEqual(new Set())
    expect(owedSignOuts()).toEqual([{ person: mara, session: true }])

    Object.assign(server, { reachable: true, person: nils, calls: [] })
    await nextPage()
    await sees(() => expect(owedSignOuts()).toEqual([]))
    expect(server.calls).toEqual(['/api/auth/session', '/api/auth/sign-out'])
    expect(server.holder).toBeUndefined()
  })

  test('a sign-in right after an offline sign-out ends the first session before it begins its own', async () => {
    await maraIsHere()
    server.reachable = false
    await page.account.signOut()
    page.account.dispose()
    Object.assign(server, { reachable: true, person: nils, calls: [] })
    openPage()
    await page.account.signIn(nils.email, 'x')
    expect(server.calls).toEqual(['/api/auth/session', '/api/auth/sign-out', '/api/config', '/api/auth/sign-in'])
    expect(owedSignOuts()).toEqual([])
    expect(server.holder).toEqual(nils)
    expect(page.account.person.value?.id).toBe(nils.id)
  })

  test('a tab killed between the steps leaves the rest to the next page, which shows nothing meanwhile', async () => {
    storePerson(mara)
    storeDatabaseName(server.databaseName)
    device.folders.add(databaseOf(mara))
    server.holder = mara
    owes({ person: mara, session: true, database: server.databaseName })
    openPage()
    expect(page.account.person.value).toBeUndefined()
    await page.account.boot()
    expect(page.access.client.value).toBeUndefined()
    await sees(() => expect(owedSignOuts()).toEqual([]))
    expect(device.folders).toEqual(new Set())
    expect(server.holder).toBeUndefined()
  })

  test('what another tab holds stays owed, and is deleted by this page as soon as that tab is gone', async () => {
    const held = databaseOf(mara)
    device.folders.add(held)
    device.held.add(held)
    owes({ person: mara, session: false, database: server.databaseName })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    openPage()
    await page.account.boot()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(device.refused).toBeGreaterThan(1)
    expect(owedSignOuts()).toHaveLength(1)
    device.held.clear()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(device.folders).toEqual(new Set())
    expect(owedSignOuts()).toEqual([])
  })

  test('deletes all that this person has here, of every schema version, but their unsent writes, and nothing of anybody else or of the device', async () => {
    const hers = localDatabaseName(server.databaseName, mara.id, '')
    const others = [
      databaseOf(nils), `${hers}journal`, `offline-leads-${mara.id}-${SCHEMA_VERSION}`, `device-${mara.id}`,
      `x${databaseOf(mara)}`, localDatabaseName('another-product', mara.id, SCHEMA_VERSION), `offline-leads-${server.databaseName}`,
    ]
    for (const name of [databaseOf(mara), databaseOf(mara, '00000000'), `${databaseOf(mara)}.g12`, `${hers}of-a-later-version`, ...others]) {
      device.folders.add(name)
      device.databases.add(`/pglite/${name}`)
    }
    for (const name of ['generations', 'lease', 'answers']) device.databases.add(`${hers}${name}`)
    owes({ person: mara, session: false, database: server.databaseName })
    openPage()
    await page.account.boot()
    await sees(() => expect(owedSignOuts()).toEqual([]))
    expect([...device.folders].sort()).toEqual([...others].sort())
    expect([...device.databases].filter(name => !name.startsWith(SWEEP_PREFIX)).sort()).toEqual(others.map(name => `/pglite/${name}`).sort())
  })
})

describe('a session whose end is owed', () => {
  const both = () => ({ person: mara, session: true, database: server.databaseName })

  test.each([
    ['is theirs: it is ended', mara, undefined, 0],
    ['is another person\'s by now: that one stays signed in', nils, nils, 0],
    ['is gone already: nothing is left to do', undefined, undefined, 0],
  ])('where the browser\'s session %s', async (_, holder, after, owed) => {
    server.holder = holder
    owes(both())
    openPage()
    await page.account.boot()
    await sees(() => expect(owedSignOuts()).toHaveLength(owed))
    expect(server.holder).toEqual(after)
    expect(server.calls.includes('/api/auth/sign-out')).toBe(holder === mara)
  })

  test('stays owed while the server cannot say whose it is, and is ended when the network is back', async () => {
    Object.assign(server, { holder: mara, reachable: false })
    owes(both())
    openPage()
    await page.account.boot()
    await sees(() => expect(owedSignOuts()).toEqual([{ person: mara, session: true }]))
    server.reachable = true
    window.dispatchEvent(new Event('online'))
    await sees(() => expect(owedSignOuts()).toEqual([]))
    expect(server.holder).toBeUndefined()
  })

  test('is not ended over a person who signed in since, and the first one\'s data still goes', async () => {
    const held = databaseOf(mara)
    device.folders.add(held)
    device.held.add(held)
    Object.assign(server, { person: nils, holder: nils })
    owes(both())
    openPage()
    await page.account.signIn(nils.email, 'x')
    expect(owedSignOuts()).toEqual([{ person: mara, session: false, database: server.databaseName }])
    device.held.clear()
    await nextPage()
    await sees(() => expect(device.folders).toEqual(new Set()))
    expect(server.holder).toEqual(nils)
    expect(page.access.client.value?.userId).toBe(nils.id)
  })

  test('comes before everything that a page asks the server for, and where it cannot be ended nothing is asked', async () => {
    Object.assign(server, { holder: mara, failing: '/api/auth/sign-out' })
    owes(both())
    openPage()
    const acts = createAccountActs(() => undefined)
    const signUp = () => acts.signUp({ email: nils.email, name: nils.name, password: 'x' })
    await expect(serverConfig()).rejects.toBeInstanceOf(ServerError)
    await expect(signUp()).rejects.toBeInstanceOf(ServerError)
    expect(new Set(server.calls)).toEqual(new Set(['/api/auth/session', '/api/auth/sign-out']))
    Object.assign(server, { failing: undefined, calls: [] })
    await Promise.all([serverConfig(), signUp()])
    expect(server.calls.slice(0, 2)).toEqual(['/api/auth/session', '/api/auth/sign-out'])
    expect(server.calls.slice(2).toSorted()).toEqual(['/api/auth/sign-up', '/api/config'])
  })

  test('and its database are forgiven to a person who signs in again', async () => {
    device.folders.add(databaseOf(mara))
    device.held.add(databaseOf(mara))
    owes(both())
    openPage()
    await page.account.signIn(mara.email, 'x')
    device.held.clear()
    await nextPage()
    expect(owedSignOuts()).toEqual([])
    expect(device.folders).toEqual(new Set([databaseOf(mara)]))
    expect(server.holder).toEqual(mara)
  })
})
