import { useNuxtApp } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import App from '~/app.vue'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'

let here: Here
beforeEach(async () => {
  here = await somebodyHere(rows.shape('memberships', 'live'), rows.shape('user', 'live'))
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900)
  vi.spyOn(globalThis, 'fetch').mockImplementation(input => Promise.resolve(new Response(JSON.stringify(
    String(input).endsWith('/config') ? { databaseName: 'test', demo: false } : { user: { id: ME, name: 'Mara Member', email: 'mara@example.org' } },
  ))))
  await useNuxtApp().$account.signIn('mara@example.org', 'x')
})
afterEach(() => {
  here.end()
  vi.restoreAllMocks()
})

const company = (role: string) => [
  rows.company(10, 'Ten', role), rows.shape('company', 'live', { company: 10 }), rows.shape('workspaces', 'live', { company: 10 }), rows.shape('folders', 'live', { company: 10 }),
  rows.workspace(50, 10, 'Home'), rows.folder(60, 10, 50, null, 'top'), rows.folder(61, 10, 50, 60, 'inner'),
]
const at = async (route: string) => mountSuspended(App, { route })

describe('the pages of a company', () => {
  test('a member finds workspaces with their folder counts, members and groups', async () => {
    await here.leader.apply(...company('member'), rows.member(20, 10, 'Colleague', 'owner'), rows.shape('members', 'live', { company: 10 }))
    const page = await at(`/c/${id(10)}`)
    await sees(() => expect(page.text()).toMatch(/Home\s*2 folders/))
    expect(page.find('nav[aria-label=Company]').text()).toMatch(/Home\s*Search\s*Leads\s*Dashboard\s*Members\s*Groups\s*Trash\s*Settings/)
    expect(page.text()).toContain('Up to date')
  })

  test('a guest is offered no members and no groups, and the address of one shows nobody', async () => {
    await here.leader.apply(...company('guest'))
    const page = await at(`/c/${id(10)}/members`)
    await sees(() => expect(page.text()).toContain('Guests see workspaces and folders only.'))
    expect(page.find('nav[aria-label=Company]').text()).toBe('Home Search Settings')
  })

  test('a role that becomes guest takes the members off the open page', async () => {
    await here.leader.apply(...company('member'), rows.member(20, 10, 'Colleague', 'owner'), rows.shape('members', 'live', { company: 10 }))
    const page = await at(`/c/${id(10)}/members`)
    await sees(() => expect(page.text()).toContain('Colleague'))
    await here.leader.apply('UPDATE memberships SET role = \'guest\'')
    await sees(() => expect(page.text()).not.toContain('Colleague'))
  })

  test('a membership that ends under an open page says so and shows the way on', async () => {
    await here.leader.apply(...company('member'))
    const page = await at(`/c/${id(10)}`)
    await sees(() => expect(page.text()).toContain('Home'))
    await here.leader.apply('DELETE FROM memberships; DELETE FROM companies; DELETE FROM workspaces; DELETE FROM folders; DELETE FROM sync_status WHERE company_id IS NOT NULL')
    await sees(() => expect(page.text()).toContain('This company is not shared with you'))
    expect(page.find('main').text()).not.toContain('Home')
  })

  test('a folder\'s address opens the tree down to it, beside its own page', async () => {
    await here.leader.apply(...company('member'))
    const page = await at(`/c/${id(10)}/w/${id(50)}/${id(61)}`)
    await sees(() => expect(page.findAll('[role=treeitem]').map(item => item.text())).toEqual(['top', 'inner']))
    expect(page.find('[aria-selected=true]').text()).toBe('inner')
    expect(page.find('section[aria-label=Folder]').text()).toMatch(/Home.*top.*inner/s)
  })

  test('a folder that was deleted says so instead of loading for ever', async () => {
    await here.leader.apply(...company('member'))
    const page = await at(`/c/${id(10)}/w/${id(50)}/${id(99)}`)
    await sees(() => expect(page.text()).toContain('This folder is not here'))
  })
})
