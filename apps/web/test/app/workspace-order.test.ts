import { useNuxtApp, useToast } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { answerBody } from '#shared/protocol/answers'
import App from '~/app.vue'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'
import { MutationsServer } from './support/mutations-server'

let here: Here
let server: MutationsServer

beforeEach(async () => {
  here = await somebodyHere(...['memberships', 'user'].map(shape => rows.shape(shape, 'live')),
    ...['company', 'workspaces', 'folders'].map(shape => rows.shape(shape, 'live', { company: 10 })),
    ...['Alpha', 'Beta', 'Gamma'].map((name, n) => rows.workspace(50 + n, 10, name)))
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900)
  vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(new Response(JSON.stringify({ user: { id: ME, name: 'Mara', email: 'mara@example.org' } }))))
  await useNuxtApp().$account.signIn('mara@example.org', 'x')
  server = new MutationsServer()
  server.stand()
  useToast().clear()
})
afterEach(() => {
  here.end()
  vi.restoreAllMocks()
})

async function home(role: string) {
  await here.leader.apply(rows.company(10, 'Ten', role))
  const page = await mountSuspended(App, { route: `/c/${id(10)}`, attachTo: document.body })
  onTestFinished(() => page.unmount())
  const lines = () => page.findAll('ul[aria-label=Workspaces] > li').toSorted((a, b) => Number(a.attributes('aria-posinset')) - Number(b.attributes('aria-posinset')))
  await sees(() => expect(lines()).toHaveLength(3))
  await sees(() => expect(page.find('[data-status]').exists() || page.text().includes('Up to date')).toBe(true))
  const press = (name: string, key: string) => lines().find(line => line.text().includes(name))!.find('a').trigger('keydown', { key, altKey: true })
  return { page, names: () => lines().map(line => line.find('a .truncate').text()), press }
}
/** What the server did so far comes back by the sync. */
async function comesBack(from = 0, to?: number) {
  await here.leader.apply(...server.done.slice(from, to).map(({ input }) => {
    const { id: workspace, position } = input as { id: string, position: string }
    return `UPDATE workspaces SET position = '${position}' WHERE id = '${workspace}'`
  }), 'SELECT 1')
}

test('a workspace is put in another place by the keyboard, and where it stands is said', async () => {
  const { page, names, press } = await home('member')
  await sees(() => expect(page.find('button[aria-label="Place of Alpha"]').exists()).toBe(true))
  await press('Gamma', 'ArrowUp')
  await sees(() => expect(server.done.map(({ name }) => name)).toEqual(['workspace.move', 'workspace.move']))
  await comesBack()
  await sees(() => expect(names()).toEqual(['Alpha', 'Gamma', 'Beta']))
  await sees(() => expect(page.text()).toContain('Gamma is now 2 of 3.'))

  // At the end there is no further place, and nothing is asked.
  await press('Beta', 'ArrowDown')
  await press('Gamma', 'ArrowUp')
  await sees(() => expect(server.done).toHaveLength(3))
  await comesBack(2)
  await sees(() => expect(names()).toEqual(['Gamma', 'Alpha', 'Beta']))
})

test('what is pressed before a move has come back whole is reckoned from where the move will leave it', async () => {
  const { page, names, press } = await home('member')
  await sees(() => expect(page.find('button[aria-label="Place of Alpha"]').exists()).toBe(true))
  await press('Gamma', 'ArrowUp')
  await sees(() => expect(server.done).toHaveLength(2))
  // The first of its two keys shows the order already; the second one is on its way.
  await comesBack(0, 1)
  await sees(() => expect(names()).toEqual(['Alpha', 'Gamma', 'Beta']))
  await press('Alpha', 'ArrowDown')
  await press('Alpha', 'ArrowDown')
  await sees(() => expect(server.done).toHaveLength(4))
  await comesBack()
  await sees(() => expect(names()).toEqual(['Gamma', 'Beta', 'Alpha']))
  await sees(() => expect(page.text()).toContain('Alpha is now 3 of 3.'))
})

test('a guest moves nothing, and a refusal is said', async () => {
  const { page, press } = await home('guest')
  await press('Gamma', 'ArrowUp')
  expect(page.find('button[aria-label^="Place of"]').exists()).toBe(false)
  expect(server.requests).toBe(0)

  server.refuses['workspace.move'] = { id: '', status: 'refused', ...answerBody('role_changed') }
  await here.leader.apply('UPDATE memberships SET role = \'member\'')
  await sees(() => expect(page.find('button[aria-label="Place of Gamma"]').exists()).toBe(true))
  await press('Gamma', 'ArrowUp')
  await sees(() => expect(useToast().toasts.value[0]?.title).toBe(answerBody('role_changed').message))
})
