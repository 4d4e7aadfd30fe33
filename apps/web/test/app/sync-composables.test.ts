import { useCompaniesSync, useCompanySync, useFoundationSync, useLiveRows, useUserGroupsSync, useUserSync, useWorkspaceSync } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { shallowRef } from 'vue'
import { childFoldersRead } from '#shared/reads/folders'
import { TestLeader } from './support/leader'
import DefaultLayout from '~/layouts/default.vue'
import { progressWords } from '~/utils/progress-words'
import { sees, somebodyHere, type Here } from './support/here'
import { id, rows } from './support/local-database'

let here: Here
beforeEach(async () => { here = await somebodyHere() })
afterEach(() => here.end())
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name)

describe('rows', () => {
  test('the profile is shown as soon as its row is there, and follows a change', async () => {
    const { result } = here.use(useUserSync)
    await sees(() => expect(result.loaded.value).toBe(true))
    expect(result.user.value).toBeUndefined()
    await here.leader.apply(rows.user())
    await sees(() => expect(result.user.value?.name).toBe('Mara Member'))
    await here.leader.apply('UPDATE users SET name = \'Mara Renamed\'')
    await sees(() => expect(result.user.value?.name).toBe('Mara Renamed'))
  })

  test('companies come with the person\'s own role, and one that ended goes', async () => {
    const { result } = here.use(useCompaniesSync)
    await here.leader.apply(rows.company(10, 'Beta', 'guest'), rows.company(11, 'Alpha', 'owner'))
    await sees(() => expect(result.companies.value.map(({ name, role }) => [name, role])).toEqual([['Alpha', 'owner'], ['Beta', 'guest']]))
    await here.leader.apply(`DELETE FROM memberships WHERE company_id = '${id(11)}'`)
    await sees(() => expect(names(result.companies.value)).toEqual(['Beta']))
  })

  test('another company\'s members and groups are never mixed in, and a switch shows nothing of the first', async () => {
    await here.leader.apply(
      rows.company(10, 'Ten'), rows.company(11, 'Eleven'),
      rows.member(20, 10, 'Of Ten', 'owner'), rows.member(21, 11, 'Of Eleven'),
      rows.group(30, 10, 'Ten group'), rows.group(31, 11, 'Eleven group'), rows.groupMember(40, 10, 30, 20), rows.groupMember(41, 11, 31, 21),
    )
    const company = shallowRef(id(10))
    const { result: people } = here.use(() => useCompanySync(company))
    const { result: groups } = here.use(() => useUserGroupsSync(company))
    await sees(() => {
      expect(people.company.value?.name).toBe('Ten')
      expect(names(people.members.value)).toEqual(['Of Ten'])
      expect(names(groups.groups.value)).toEqual(['Ten group'])
      expect(names(groups.groupMembers.value)).toEqual(['Of Ten'])
    })
    company.value = id(11)
    expect(people.members.value).toEqual([])
    expect(groups.groups.value).toEqual([])
    await sees(() => {
      expect(names(people.members.value)).toEqual(['Of Eleven'])
      expect(names(groups.groupMembers.value)).toEqual(['Of Eleven'])
    })
  })

  test('a workspace shows its top folders, a folder its own, with the way to it', async () => {
    await here.leader.apply(
      rows.company(10, 'Ten'), rows.workspace(50, 10, 'Home'),
      rows.folder(60, 10, 50, null, 'top'), rows.folder(61, 10, 50, 60, 'inner'), rows.folder(62, 10, 50, 61, 'innermost'),
    )
    const folder = shallowRef<string>()
    const { result } = here.use(() => useWorkspaceSync(id(10), { workspace: id(50), folder }))
    await sees(() => expect(result.folders.value.map(f => [f.name, f.has_children])).toEqual([['top', true]]))
    folder.value = id(61)
    await sees(() => {
      expect(result.folder.value?.name).toBe('inner')
      expect(names(result.breadcrumb.value)).toEqual(['top', 'inner'])
      expect(result.folders.value.map(f => [f.name, f.has_children])).toEqual([['innermost', false]])
    })
  })

  test('two folders moved into each other leave a way that ends', async () => {
    await here.leader.apply(rows.folder(60, 10, 50, 61, 'a'), rows.folder(61, 10, 50, 60, 'b'))
    const { result } = here.use(() => useWorkspaceSync(id(10), { workspace: id(50), folder: id(60) }))
    await sees(() => expect(names(result.breadcrumb.value)).toEqual(['b', 'a']))
  })

  test('a component that goes, and parameters that change, leave no subscription behind', async () => {
    await sees(() => expect(here.client.status.value).toBe('ready'))
    const parent = shallowRef(id(60))
    const { scope, result } = here.use(() => useLiveRows(childFoldersRead, () => ({ workspace: id(50), parent: parent.value })))
    await sees(() => expect(result.loaded.value).toBe(true))
    for (const n of [61, 62, 63]) parent.value = id(n)
    await sees(() => expect(here.leader.live.map(({ params }) => params[1])).toEqual([id(63)]))
    scope.stop()
    await sees(() => expect(here.leader.live).toHaveLength(0))
  })

  test('rows outlive the leader that sent them', async () => {
    await here.leader.apply(rows.user())
    const { result } = here.use(useUserSync)
    await sees(() => expect(result.user.value?.name).toBe('Mara Member'))
    here.leader.die()
    expect(result.user.value?.name).toBe('Mara Member')
    here.leader = new TestLeader(here.client.database, here.pg)
    await sees(() => expect(here.leader.live.length).toBeGreaterThan(0))
    await here.leader.apply('UPDATE users SET name = \'Mara Renamed\'')
    await sees(() => expect(result.user.value?.name).toBe('Mara Renamed'))
  })
})

describe('status', () => {
  test('a first sync says how far it is, and ends up to date with its moment', async () => {
    const { result } = here.use(useFoundationSync)
    expect(result.status.value).toBe('connecting')
    await here.leader.apply(rows.shape('user', 'live'), rows.shape('memberships', 'live'), rows.shape('folders', 'syncing', { company: 10, count: 34_000, estimate: 117_000 }))
    await sees(() => expect(result.status.value).toBe('syncing'))
    expect(result.progress.value).toEqual({ shape: 'folders', rows: 34_000, estimate: 117_000 })
    expect(result.lastSyncedAt.value).toBeUndefined()
    await here.leader.apply('UPDATE sync_status SET state = \'live\', complete = true, last_synced_at = now()')
    await sees(() => expect(result.status.value).toBe('live'))
    expect(result.progress.value).toBeUndefined()
    expect(result.lastSyncedAt.value).toBeInstanceOf(Date)
  })

  test('offline says since when and how old what is here is, as far as the line in the header', async () => {
    const since = new Date(Date.now() - 3 * 60_000)
    const header = await mountSuspended(DefaultLayout)
    onTestFinished(() => header.unmount())
    await here.leader.apply(rows.shape('user', 'live'), rows.shape('memberships', 'live'))
    await sees(() => expect(header.get('[data-testid=sync-status]').text()).toContain('Up to date'))
    await here.leader.apply(`UPDATE sync_status SET state = 'offline', offline_since = '${since.toISOString()}', last_synced_at = '${since.toISOString()}'`)
    const { result } = here.use(useFoundationSync)
    await sees(() => expect(result.offlineSince.value).toEqual(since))
    const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(since)
    await sees(() => expect(header.get('[data-testid=sync-status] [role=status]').text()).toBe(`Offline since ${clock}, as of ${clock}`))
  })

  test('one company\'s trouble is not another\'s', async () => {
    await here.leader.apply(rows.company(10, 'Ten'), rows.company(11, 'Eleven'), rows.shape('memberships', 'live'),
      rows.shape('workspaces', 'live', { company: 10 }), rows.shape('folders', 'live', { company: 10 }),
      rows.shape('workspaces', 'live', { company: 11 }), rows.shape('folders', 'error', { company: 11, code: 'apply_failed' }))
    const { result: ten } = here.use(() => useWorkspaceSync(id(10)))
    const { result: eleven } = here.use(() => useWorkspaceSync(id(11)))
    await sees(() => expect(eleven.status.value).toBe('error'))
    expect(eleven.error.value?.code).toBe('apply_failed')
    expect(ten.status.value).toBe('live')
    expect(ten.error.value).toBeUndefined()
    await eleven.retry()
    expect(here.leader.asked.filter(({ kind }) => kind === 'retry')).toEqual([{ kind: 'retry', shapeKey: 'folders-11' }])
  })

  test('memberships that are refused are an error of every company, with a retry that can help, and no endless wait', async () => {
    await here.leader.apply(rows.shape('user', 'live'), rows.shape('memberships', 'error', { code: 'network' }))
    const { result } = here.use(() => useWorkspaceSync(id(10)))
    await sees(() => expect(result.status.value).toBe('error'))
    expect(result.error.value?.message).toMatch(/server/)
    expect(result.error.value?.next).not.toBe('')
    await result.retry()
    expect(here.leader.asked.filter(({ kind }) => kind === 'retry')).toMatchObject([{ kind: 'retry', shapeKey: expect.stringContaining('memberships') as string }])
    await here.leader.apply(rows.company(10, 'Ten'), rows.shape('memberships', 'offline', { complete: true }))
    await sees(() => expect(result.status.value).toBe('offline'))
    // Nothing is known of this company yet: an empty face would be a lie.
    expect(result.complete.value).toBe(false)
  })

  test('signed out at the server keeps the rows and asks for a sign-in', async () => {
    await here.leader.apply(rows.company(10, 'Ten'), rows.shape('memberships', 'offline', { complete: true, code: 'sign_in' }))
    const { result } = here.use(useFoundationSync)
    await sees(() => expect(result.signInNeeded.value).toBe(true))
    await sees(() => expect(names(result.companies.value)).toEqual(['Ten']))
  })

  test('a membership that ended is `revoked`; one that has not arrived yet is not', async () => {
    await here.leader.apply(rows.shape('memberships', 'syncing'))
    const { result } = here.use(() => useCompanySync(id(10)))
    await sees(() => expect(result.loaded.value).toBe(true))
    expect(result.status.value).toBe('connecting')
    await here.leader.apply(rows.company(10, 'Ten'), rows.shape('memberships', 'live'), rows.shape('company', 'live', { company: 10 }))
    await sees(() => expect(result.status.value).toBe('live'))
    await here.leader.apply('DELETE FROM memberships; DELETE FROM companies', `DELETE FROM sync_status WHERE company_id = '${id(10)}'`)
    await sees(() => expect(result.status.value).toBe('revoked'))
    expect(result.company.value).toBeUndefined()
  })

  test('a database that cannot be opened is an error with a way on, not an endless wait', async () => {
    const { result } = here.use(useFoundationSync)
    here.leader.end('failed')
    await sees(() => expect(result.status.value).toBe('error'))
    expect(result.error.value?.code).toBe('failed')
    expect(result.error.value?.next).toMatch(/rebuild/i)
  })

  test.each([
    ['files that another window holds', undefined, 'held', /another window/i],
    ['a part of PGlite that cannot be fetched', 'unreached', 'unreached', /could not be fetched/i],
  ] as const)('%s: it is waited for, connecting, with the reason, until a leader has it', async (_, why, code, words) => {
    await here.leader.apply(rows.shape('user', 'live'), rows.shape('memberships', 'live'))
    const { result } = here.use(useFoundationSync)
    await sees(() => expect(result.status.value).toBe('live'))
    here.leader.die()
    TestLeader.sayHeld(here.client.database, why)
    await sees(() => expect(result.status.value).toBe('connecting'))
    expect(result.error.value?.code).toBe(code)
    expect(progressWords({ progress: undefined, lastSyncedAt: undefined, offlineSince: undefined, complete: false, status: result.status.value, error: result.error.value })).toMatch(words)
    here.leader = new TestLeader(here.client.database, here.pg)
    await sees(() => expect(result.status.value).toBe('live'))
    expect(result.error.value).toBeUndefined()
  })
})
