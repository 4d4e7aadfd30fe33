import { useNuxtApp } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { AccountInvitePanel, AccountSessionList, MoveDialog, RecentChanges } from '#components'
import App from '~/app.vue'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'

let here: Here
/** What the server says to a list that only it has; undefined: it cannot be reached. */
let answer: (() => Promise<unknown>) | undefined

beforeEach(async () => {
  here = await somebodyHere(rows.company(10, 'Ten', 'owner'), rows.workspace(50, 10, 'Home'),
    ...['memberships', 'user'].map(shape => rows.shape(shape, 'live')),
    ...['company', 'workspaces', 'folders', 'members', 'groups'].map(shape => rows.shape(shape, 'live', { company: 10 })))
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900)
  answer = () => Promise.resolve({ user: { id: ME, name: 'Mara Member', email: 'mara@example.org' } })
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => {
    if (!answer) throw new TypeError('no network')
    return new Response(JSON.stringify(await answer()))
  })
  await useNuxtApp().$account.signIn('mara@example.org', 'x')
})
afterEach(() => {
  here.end()
  vi.restoreAllMocks()
})

const face = (root: ParentNode) => root.querySelector('[data-face]')?.getAttribute('data-face')
const pressRetry = (root: ParentNode) => [...root.querySelectorAll('button')].find(button => button.textContent?.trim() === 'Retry')?.click()

test('a group whose people have not come is not called one without people, in the list and in its panel', async () => {
  await here.leader.apply(rows.group(70, 10, 'Editors'), rows.shape('group-members', 'syncing', { company: 10, complete: false }))
  const page = await mountSuspended(App, { route: `/c/${id(10)}/groups`, attachTo: document.body })
  onTestFinished(() => page.unmount())
  await sees(() => expect(page.text()).toContain('Editors'))
  expect(page.text()).not.toMatch(/Nobody|0 people/)
  await page.findAll('button').find(button => button.text().includes('Editors'))?.trigger('click')
  const panel = () => document.querySelector('[role=dialog]')!
  await sees(() => expect(face(panel())).toBe('loading'))

  await here.leader.apply(rows.shape('group-members', 'offline', { company: 10, complete: false }))
  await sees(() => expect(face(panel())).toBe('offline'))
  await sees(() => expect(page.text()).toContain('Its people are not on this device yet'))

  await here.leader.apply(rows.shape('group-members', 'live', { company: 10 }))
  await sees(() => expect(face(panel())).toBe('empty'))
  await sees(() => expect(page.text()).toMatch(/Nobody yet.*0 people/))
})

test('where a folder can be moved to is on its way, or not here, before it is called nowhere', async () => {
  here.leader.opening = true
  const dialog = await mountSuspended(MoveDialog, { props: { open: true, company: id(10), workspace: id(50), folder: { id: id(60), name: 'top' }, move: () => Promise.resolve() } })
  onTestFinished(() => dialog.unmount())
  const shown = () => document.querySelector('[role=dialog]')!
  await sees(() => expect(face(shown())).toBe('loading'))
  expect(shown().textContent).not.toContain('No folders')
  here.leader.opening = false
  await here.leader.apply(rows.shape('folders', 'offline', { company: 10, complete: false }))
  await sees(() => expect(face(shown())).toBe('offline'))
  await here.leader.apply(rows.shape('folders', 'live', { company: 10 }))
  await sees(() => expect(face(shown())).toBe('empty'))
})

test('what changed last is not here, or failed: two faces, each with a way to try again', async () => {
  const props = { company: id(10), rows: [], loaded: true, complete: false, status: 'offline' as const }
  const list = await mountSuspended(RecentChanges, { props })
  expect(face(list.element)).toBe('offline')
  pressRetry(list.element)
  await list.setProps({ ...props, status: 'error', error: { code: 'forbidden', message: 'Not handed out.', next: 'Ask.' } })
  expect(face(list.element)).toBe('error')
  expect(list.text()).toContain('Not handed out.')
  pressRetry(list.element)
  expect(list.emitted('retry')).toHaveLength(2)
  await list.setProps({ ...props, status: 'live', complete: true })
  expect(list.text()).toContain('Nothing has changed yet.')
})

test.each([
  ['invites', () => mountSuspended(AccountInvitePanel, { props: { company: { id: id(10), settings: {} }, members: [] } })],
  ['sessions', () => mountSuspended(AccountSessionList)],
] as const)('%s are on their way before there are none, and a server that is away is told apart and asked again', async (list, mounted) => {
  let give = (_: unknown) => {}
  const held = new Promise((resolve) => { give = resolve })
  answer = () => held
  const panel = await mounted()
  onTestFinished(() => panel.unmount())
  expect(face(panel.element)).toBe('loading')
  give({ [list]: [] })
  await sees(() => expect(face(panel.element)).toBe('empty'))

  answer = undefined
  const other = await mounted()
  onTestFinished(() => other.unmount())
  await sees(() => expect(face(other.element)).toBe('offline'))
  answer = () => Promise.resolve({ [list]: [] })
  pressRetry(other.element)
  await sees(() => expect(face(other.element)).toBe('empty'))
})
