import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { nextTick } from 'vue'
import { FolderTree, ListFace, SignInForm, SyncStatusLine } from '#components'
import { ServerError } from '~/utils/server-api'
import { progressWords } from '~/utils/progress-words'
import type { SyncSummary } from '~/utils/sync-summary'
import { treeView } from '~/utils/tree-view'

const summary = (more: Partial<SyncSummary>): SyncSummary => ({ status: 'live', progress: undefined, lastSyncedAt: undefined, offlineSince: undefined, complete: true, error: undefined, ...more })
const button = (name: RegExp) => ({ find: (w: { findAll: (s: string) => { text: () => string, trigger: (e: string) => Promise<void> }[] }) => w.findAll('button').find(b => name.test(b.text())) })

afterEach(() => { vi.restoreAllMocks() })

describe('the status line', () => {
  test('a first sync says how many of about how many', async () => {
    const line = await mountSuspended(SyncStatusLine, { props: { summary: summary({ status: 'syncing', progress: { shape: 'folders', rows: 34_027, estimate: 117_572 } }) } })
    expect(line.text()).toContain('34,000 of about 118,000 folders')
    expect(line.find('progress').attributes('value')).toBe('29')
    expect(button(/retry/i).find(line)).toBeUndefined()
  })

  test('up to date says so, with nothing to press but what opens the panel', async () => {
    const line = await mountSuspended(SyncStatusLine, { props: { summary: summary({}) } })
    expect(line.find('[role=status]').text()).toBe('Up to date')
    expect(line.findAll('button')).toHaveLength(1)
  })

  test('offline says of when it is what is shown, by the clock or the day, and can be tried now', async () => {
    const moment = new Date(2026, 10, 3, 14, 5)
    const words = (hours: number) => progressWords(summary({ status: 'offline', lastSyncedAt: moment }), new Date(moment.getTime() + hours * 3_600_000))
    expect([words(5), words(50)]).toEqual(['Offline, as of 14:05', 'Offline, as of Nov 3'])
    const line = await mountSuspended(SyncStatusLine, { props: { summary: summary({ status: 'offline', lastSyncedAt: moment }) } })
    await button(/retry/i).find(line)?.trigger('click')
    expect(line.emitted('retry')).toHaveLength(1)
  })

  test('an error shows its sentence and what to do', async () => {
    const error = { code: 'sync_unavailable', message: 'The sync service cannot be reached.', next: 'It is tried again by itself.' }
    const line = await mountSuspended(SyncStatusLine, { props: { summary: summary({ status: 'error', error }) } })
    expect(line.text()).toContain(error.message)
    await button(/retry/i).find(line)?.trigger('click')
    expect(line.emitted('retry')).toHaveLength(1)
  })

  test.each(['offline', 'error'] as const)('signed out at the server (%s) offers a sign-in and no useless retry', async (status) => {
    const error = { code: 'sign_in', message: 'You are signed out.', next: 'Sign in again.' }
    const line = await mountSuspended(SyncStatusLine, { props: { summary: summary({ status, error }) } })
    expect(line.find('a[href="/sign-in"]').text()).toBe('Sign in again to sync')
    expect(button(/retry/i).find(line)).toBeUndefined()
  })

  test('a local database that cannot be opened can be rebuilt', async () => {
    const error = { code: 'failed', message: 'The local database cannot be opened.', next: 'Reload.' }
    const line = await mountSuspended(SyncStatusLine, { props: { summary: summary({ status: 'error', error }) } })
    await button(/rebuild/i).find(line)?.trigger('click')
    expect(line.emitted('rebuild')).toHaveLength(1)
  })
})

describe('a list', () => {
  const props = { count: 0, loaded: true, status: 'live' as const, noun: 'folders' }
  test('rows that are here are shown whatever the sync does', async () => {
    for (const status of ['connecting', 'syncing', 'offline', 'error'] as const) {
      const list = await mountSuspended(ListFace, { props: { ...props, count: 1, status }, slots: { default: () => 'the rows' } })
      expect(list.text()).toBe('the rows')
    }
  })

  test('nothing is called empty before the local copy is complete', async () => {
    const list = await mountSuspended(ListFace, { props: { ...props, status: 'syncing' } })
    expect(list.text()).toBe('Loading folders')
    await list.setProps({ ...props, status: 'live' })
    expect(list.text()).toBe('No folders here.')
  })

  test('an empty folder of a whole copy is called empty offline and while connecting, not waited for', async () => {
    for (const status of ['connecting', 'offline', 'error'] as const) {
      const list = await mountSuspended(ListFace, { props: { ...props, status, complete: true } })
      expect(list.text()).toBe('No folders here.')
    }
  })

  test('a network that is away is told apart from a failure, and neither from rows that are here', async () => {
    const error = { code: 'network', message: 'Some changes could not be taken over.', next: 'It is tried again by itself.' }
    const list = await mountSuspended(ListFace, { props: { ...props, status: 'offline', error } })
    expect(list.find('[data-face=offline]').text()).toContain('The folders are not on this device yet.')
    await list.find('button').trigger('click')
    expect(list.emitted('retry')).toHaveLength(1)
    await list.setProps({ ...props, status: 'offline', error: { ...error, code: 'sign_in', message: 'You are signed out.' } })
    expect(list.find('[data-face=error]').text()).toContain('You are signed out.')
  })

  test('what went wrong is said, with a way to try again', async () => {
    const error = { code: 'apply_failed', message: 'Some changes could not be taken over.', next: 'It is tried again by itself.' }
    const list = await mountSuspended(ListFace, { props: { ...props, status: 'error', error } })
    expect(list.find('[role=alert]').text()).toContain(error.message)
    await list.find('button').trigger('click')
    expect(list.emitted('retry')).toHaveLength(1)
  })
})

describe('the sign-in form', () => {
  test('a refusal is said in the form, and the e-mail that was typed stays', async () => {
    const signIn = vi.fn().mockRejectedValueOnce(new ServerError({ code: 'wrong_password', message: 'E-mail and password do not match.', next: 'Check both and try again.' }))
    const form = await mountSuspended(SignInForm, { props: { signIn } })
    await form.find('input[name=email]').setValue('mara@example.org')
    await form.find('input[name=password]').setValue('wrong')
    await form.find('form').trigger('submit')
    await vi.waitFor(() => expect(form.find('[role=alert]').text()).toContain('E-mail and password do not match.'))
    expect(form.find<HTMLInputElement>('input[name=email]').element.value).toBe('mara@example.org')
    expect(form.emitted('done')).toBeUndefined()
  })

  test('a field that is wrong is named at the field', async () => {
    const signIn = vi.fn().mockRejectedValueOnce(new ServerError({ code: 'invalid_input', message: 'Something in the request is not valid.', next: 'Correct it.', fields: { email: 'Enter your e-mail address.' } }))
    const form = await mountSuspended(SignInForm, { props: { signIn } })
    await form.find('form').trigger('submit')
    await vi.waitFor(() => expect(form.text()).toContain('Enter your e-mail address.'))
    expect(form.find('input[name=email]').attributes('aria-invalid')).toBe('true')
  })

  test('no server is told apart from a wrong password', async () => {
    const form = await mountSuspended(SignInForm, { props: { signIn: vi.fn().mockRejectedValueOnce(new ServerError()) } })
    await form.find('form').trigger('submit')
    await vi.waitFor(() => expect(form.find('[role=alert]').text()).toContain('cannot be reached'))
  })

  test('a demo account fills the form, and without demo mode none is shown', async () => {
    const signIn = vi.fn().mockResolvedValue(undefined)
    const form = await mountSuspended(SignInForm, { props: { signIn, demoAccounts: [{ email: 'olga@demo.example', password: 'demo-password', note: 'owner' }] } })
    await form.find('ul button').trigger('click')
    await form.find('form').trigger('submit')
    await vi.waitFor(() => expect(form.emitted('done')).toHaveLength(1))
    expect(signIn).toHaveBeenCalledWith('olga@demo.example', 'demo-password')
    const plain = await mountSuspended(SignInForm, { props: { signIn } })
    expect(plain.text()).not.toContain('Demo')
  })
})

describe('the folder tree by keyboard', () => {
  const row = (id: string, name: string, parent: string | null, has_children = false) => ({ id, name, parent_id: parent, has_children })
  const view = treeView([row('a', 'alpha', null, true), row('b', 'beta', null, true)], new Set(['a']), () => [row('a1', 'inner', 'a')])

  async function tree(more: object = {}) {
    // happy-dom lays nothing out: without a height a virtual list shows no line.
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(400)
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300)
    const mounted = await mountSuspended(FolderTree, { props: { view, label: 'Folders', ...more }, attachTo: document.body })
    onTestFinished(() => mounted.unmount())
    await vi.waitFor(() => expect(mounted.findAll('[role=treeitem]')).toHaveLength(3))
    const press = async (key: string) => {
      await mounted.find('[tabindex="0"][role=treeitem]').trigger('keydown', { key })
      await nextTick()
    }
    return { mounted, press, stop: () => mounted.find('[tabindex="0"][role=treeitem]').attributes('data-id') }
  }

  test('there is one tab stop, and the arrows move it', async () => {
    const { mounted, press, stop } = await tree()
    expect(mounted.findAll('[role=treeitem][tabindex="0"]')).toHaveLength(1)
    expect(stop()).toBe('a')
    await press('ArrowDown')
    expect(stop()).toBe('a1')
    await press('End')
    expect(stop()).toBe('b')
    await press('ArrowUp')
    expect(stop()).toBe('a1')
    await press('ArrowLeft')
    expect(stop()).toBe('a')
    await press('b')
    expect(stop()).toBe('b')
  })

  test('right opens, left closes, Enter chooses', async () => {
    const { mounted, press } = await tree()
    await press('ArrowLeft')
    expect(mounted.emitted('collapse')).toEqual([['a']])
    await press('End')
    await press('ArrowRight')
    expect(mounted.emitted('expand')).toEqual([[['b']]])
    await press('Enter')
    expect(mounted.emitted('choose')).toEqual([['b']])
  })

  test('says level, place and openness to a screen reader', async () => {
    const { mounted } = await tree({ selected: 'a1' })
    const said = ['aria-level', 'aria-posinset', 'aria-setsize', 'aria-expanded', 'aria-selected']
    const items = mounted.findAll('[role=treeitem]').map(item => said.map(name => item.attributes(name)))
    expect(items).toEqual([['1', '1', '2', 'true', 'false'], ['2', '1', '1', undefined, 'true'], ['1', '2', '2', 'false', 'false']])
  })

  test('a name is changed where it stands: F2 begins, Enter saves, and only for somebody who may', async () => {
    const guest = await tree()
    await guest.press('F2')
    expect(guest.mounted.emitted('act')).toBeUndefined()
    const { mounted, press } = await tree({ editable: true })
    await press('F2')
    expect(mounted.emitted('act')).toEqual([['rename', { id: 'a', name: 'alpha' }]])
    await mounted.setProps({ renaming: 'a' })
    const field = mounted.find('input[aria-label="New name of alpha"]')
    await field.setValue('  omega  ')
    await field.trigger('keydown', { key: 'Enter' })
    expect(mounted.emitted('renamed')).toEqual([['a', 'omega']])
  })

  test('a name is found by typing it, spaces and all', async () => {
    const { mounted, stop } = await tree({ view: treeView(['one', 'two halves', 'two parts'].map(name => row(name, name, null)), new Set(), () => undefined) })
    for (const key of 'two p') await mounted.find('[role=tree]').trigger('keydown', { key })
    expect(stop()).toBe('two parts')
    expect(mounted.emitted('choose')).toBeUndefined()
  })

  test('letters of a name go to the field, not to the tree', async () => {
    const { mounted } = await tree({ editable: true, renaming: 'a' })
    const field = mounted.find('input')
    for (const key of ['ArrowDown', 'Delete', 'b', 'Home']) await field.trigger('keydown', { key })
    await field.trigger('keydown', { key: 'Escape' })
    expect(mounted.emitted('act')).toBeUndefined()
    expect(mounted.emitted('renamed')).toEqual([['a', undefined]])
  })

  test('a line that goes under the keyboard hands the focus to the one in its place', async () => {
    const { mounted, press } = await tree({ editable: true })
    await press('ArrowDown')
    expect((document.activeElement as HTMLElement).dataset.id).toBe('a1')
    await mounted.setProps({ view: treeView([row('a', 'alpha', null), row('b', 'beta', null, true)], new Set(), () => undefined) })
    await vi.waitFor(() => expect((document.activeElement as HTMLElement).dataset.id).toBe('b'))
  })
})
