import { describe, expect, test, vi } from 'vitest'
import { watch } from 'vue'
import { OWED_KEY, owedSignOuts } from '~/utils/owed-sign-outs'
import { PERSON_KEY } from '#shared/protocol/pointer'
import { storeDatabaseName, storedPerson, storePerson } from '~/utils/person'
import { databaseOf, device, freshForEachTest, mara, maraIsHere, nextPage, nils, openPage, owes, page, server } from './support/account-page'
import { sees } from './support/here'
import type { TestLeader } from './support/leader'

freshForEachTest()

/** The keys of this device's storage, in the order in which they are written from now on. */
function watchStorage(): string[] {
  const written: string[] = []
  const storage = localStorage
  vi.stubGlobal('localStorage', new Proxy(storage, {
    get: (_, key) => (...args: [string, string]) => {
      if (key === 'setItem') written.push(args[0])
      return (storage[key as keyof Storage] as (...args: string[]) => unknown).apply(storage, args)
    },
  }))
  return written
}

describe('another person', () => {
  test('who signs in over the first gets a page of their own, and the first one\'s database is deleted', async () => {
    await maraIsHere()
    server.person = nils
    await page.account.signIn(nils.email, 'x')
    expect(device.folders).toEqual(new Set())
    expect(storedPerson()).toEqual(nils)
    await sees(() => expect(owedSignOuts()).toEqual([]))
    expect(page.left).toEqual(['/'])
  })

  test.each([
    ['signs in over the first', async () => { await page.account.signIn(nils.email, 'x') }],
    ['has the cookie from elsewhere', async (leader: TestLeader) => {
      server.holder = nils
      leader.end('wrong_user')
      await sees(() => expect(page.left).toEqual(['/']))
    }],
  ])('who %s is never pointed at before the first one\'s data is written down as owed', async (_, changeHands) => {
    const leader = await maraIsHere()
    server.person = nils
    const written = watchStorage()
    await changeHands(leader)
    expect(written).toContain(PERSON_KEY)
    expect(written[0]).toBe(OWED_KEY)
  })

  test('gets no database opened before the bytes of the first one are gone', async () => {
    storePerson(nils)
    storeDatabaseName(server.databaseName)
    device.folders.add(databaseOf(mara))
    device.held.add(databaseOf(mara))
    owes({ person: mara, session: false, database: server.databaseName })
    openPage()
    const booted = page.account.boot()
    await sees(() => expect(device.refused).toBeGreaterThan(0))
    expect(page.access.client.value).toBeUndefined()
    device.held.clear()
    await booted
    expect(device.folders).toEqual(new Set())
    expect(page.access.client.value?.userId).toBe(nils.id)
  })

  test('is not kept out for long by files that another window holds: those stay owed', async () => {
    storePerson(nils)
    storeDatabaseName(server.databaseName)
    device.folders.add(databaseOf(mara))
    device.held.add(databaseOf(mara))
    owes({ person: mara, session: false, database: server.databaseName })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    openPage()
    const booted = page.account.boot()
    await vi.advanceTimersByTimeAsync(10_000)
    await booted
    expect(page.access.client.value?.userId).toBe(nils.id)
    expect(owedSignOuts()).toEqual([{ person: mara, session: false, database: server.databaseName }])
  })

  test('who signs in after one who left gets no database opened before the bytes of that one are gone', async () => {
    device.folders.add(databaseOf(mara))
    owes({ person: mara, session: false, database: server.databaseName })
    server.person = nils
    openPage()
    const there: boolean[] = []
    watch(page.access.client, () => there.push(device.folders.has(databaseOf(mara))), { flush: 'sync' })
    await page.account.signIn(nils.email, 'x')
    expect(there).toEqual([false])
  })

  test('who signed in in another tab makes this one leave, and what it opened late is deleted by the next page', async () => {
    await maraIsHere()
    storePerson(nils)
    window.dispatchEvent(new StorageEvent('storage', { key: PERSON_KEY }))
    expect(page.left).toEqual(['/'])
    await nextPage()
    await sees(() => expect(device.folders).toEqual(new Set()))
    expect(page.access.client.value?.userId).toBe(nils.id)
  })

  test('whose cookie came from elsewhere gets their page, and the first one\'s closed database goes when nobody holds it', async () => {
    const leader = await maraIsHere()
    device.held.add(databaseOf(mara))
    server.holder = nils
    leader.end('wrong_user')
    await sees(() => expect(page.left).toEqual(['/']))
    expect(storedPerson()).toEqual(nils)
    expect(owedSignOuts()).toEqual([{ person: mara, session: false, database: server.databaseName }])
    device.held.clear()
    await nextPage()
    await sees(() => expect(owedSignOuts()).toEqual([]))
    expect(device.folders).toEqual(new Set())
    expect(server.holder).toEqual(nils)
  })

  test('whose cookie came from elsewhere gets their page also where the server could not be asked at first', async () => {
    const leader = await maraIsHere()
    Object.assign(server, { holder: nils, reachable: false, calls: [] })
    leader.end('wrong_user')
    await sees(() => expect(server.calls).toContain('/api/auth/session'))
    expect(page.left).toEqual([])
    server.reachable = true
    window.dispatchEvent(new Event('online'))
    await sees(() => expect(page.left).toEqual(['/']))
    expect(storedPerson()).toEqual(nils)
  })

  test('whose cookie came from elsewhere stays here, though a database of theirs was still to be deleted', async () => {
    const leader = await maraIsHere()
    device.folders.add(databaseOf(nils))
    device.held.add(databaseOf(nils))
    owes({ person: nils, session: false, database: server.databaseName })
    server.holder = nils
    leader.end('wrong_user')
    await sees(() => expect(page.left).toEqual(['/']))
    await nextPage()
    await sees(() => expect(owedSignOuts()).toEqual([]))
    expect(storedPerson()).toEqual(nils)
    expect(device.folders).toEqual(new Set([databaseOf(nils)]))
  })

  test('who asked to leave is not opened a page for, though the cookie is theirs', async () => {
    const leader = await maraIsHere()
    Object.assign(server, { holder: nils, failing: '/api/auth/sign-out', calls: [] })
    owes({ person: nils, session: true })
    leader.end('wrong_user')
    await sees(() => expect(server.calls.filter(path => path.endsWith('/session'))).toHaveLength(2))
    await sees(() => expect(page.access.status.value).toBe('ended'))
    expect(storedPerson()).toEqual(mara)
    expect(page.left).toEqual([])
    server.failing = undefined
    window.dispatchEvent(new Event('online'))
    await sees(() => expect(owedSignOuts()).toEqual([]))
    expect(server.holder).toBeUndefined()
    expect(storedPerson()).toEqual(mara)
  })
})
