import { useDeletions, useNuxtApp, useServerPages, useToast } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { shallowRef } from 'vue'
import { HistoryPanel } from '#components'
import type { ChangeEvent, DeletionLine } from '#shared/history/changes'
import { mutations } from '#shared/mutations/index'
import { answerBody } from '#shared/protocol/answers'
import App from '~/app.vue'
import { folderMenu } from '~/utils/folder-menu'
import { changeSentence, deletionName, deletionWords } from '~/utils/history-words'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'

const place = (workspace: string, folder?: string) => ({ workspace: { id: id(50), name: workspace }, folder: folder === undefined ? null : { id: id(60), name: folder } })
const change = (mutation: string, more: Partial<ChangeEvent> = {}): ChangeEvent =>
  ({ id: 1, at: '2026-01-02T03:04:05Z', actor: { id: ME, name: 'Mara' }, mutation, before: {}, after: {}, amount: null, deletion_id: null, ...more })
const deletion = (n: number, more: Partial<DeletionLine> = {}): DeletionLine => ({
  deletion_id: id(n), kind: 'folders', names: [`Folder ${n}`], tops: 1, amount: 1, more: false, workspace: { id: id(50), name: 'Home', deleted: false },
  at: '2026-01-02T03:04:05Z', until: '2026-04-02T03:04:05Z', by: { id: ME, name: 'Mara' }, ...more,
})

describe('the history in words', () => {
  test('every edit of a folder, workspace or lead has a sentence of its own', () => {
    // The history of a lead goes with it.
    const noted = mutations.filter(({ entity, name }) => (entity === 'folders' || entity === 'workspaces' || entity === 'leads') && name !== 'lead.erase').map(({ name }) => name)
    expect(noted).toHaveLength(17)
    const sentences = noted.map(name => changeSentence(change(name, { before: { name: 'Old', place: place('Home') }, after: { name: 'New', place: place('Away', 'Plans') } })))
    for (const sentence of sentences) expect(sentence).toMatch(/^Mara (?!changed it in a way).+\.$/)
    for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|null|\[object/)
  })

  test.each([
    ['folder.create', { after: { name: 'New', place: place('Home') } }, 'Mara made it at the top of “Home”, with the name “New”.'],
    ['folder.create', { after: { name: 'New', place: place('Home', 'Plans') } }, 'Mara made it in “Plans” in “Home”, with the name “New”.'],
    ['folder.move', { before: { place: place('Home') }, after: { place: place('Away', 'Plans') } }, 'Mara moved it from the top of “Home” to “Plans” in “Away”.'],
    ['folder.move', { before: { position: 'a0' }, after: { position: 'b0' } }, 'Mara gave it another place among its neighbours.'],
    ['folder.describe', { before: { description: '' }, after: { description: 'x' } }, 'Mara wrote a description.'],
    ['folder.describe', { before: { description: 'x' }, after: { description: '' } }, 'Mara took the description away.'],
    ['folder.delete', { amount: 1 }, 'Mara deleted it.'],
    ['folder.delete', { amount: 1_234 }, 'Mara deleted it, 1,234 folders in all.'],
    ['folder.delete', { amount: null }, 'Mara deleted it, together with what it lay in.'],
    ['workspace.restore', { amount: 2 }, 'Mara restored it and 1 folder in it.'],
    ['lead.set-status', { before: { status: 'new' }, after: { status: 'won' } }, 'Mara changed the status from New to Won.'],
    ['lead.assign', { before: { assignee: null }, after: { assignee: { id: ME, name: 'Bob' } } }, 'Mara gave it to Bob.'],
    ['lead.assign', { before: { assignee: { id: ME, name: 'Bob' } }, after: { assignee: null } }, 'Mara took it from Bob.'],
    ['lead.set-notes', { before: { notes: '' }, after: { notes: 'x' } }, 'Mara wrote notes.'],
    ['lead.set-tags', { before: { tags: [] }, after: { tags: ['fair', 'hot'] } }, 'Mara tagged it “fair”, “hot”.'],
    ['lead.merge', { before: { merged_into: null }, after: { merged_into: ME } }, 'Mara merged it into another lead.'],
    ['lead.merge', { before: { merged_into: ME }, after: { merged_into: null } }, 'Mara separated it again.'],
    ['lead.merge', { before: {}, after: { others: 2 } }, 'Mara merged 2 leads into it.'],
    ['lead.merge', { before: { others: 1 }, after: {} }, 'Mara separated 1 lead from it again.'],
    ['constructor', {}, 'Mara changed it in a way that this version has no words for: constructor.'],
  ])('%s %o', (mutation, more, sentence) => {
    expect(changeSentence(change(mutation, more))).toBe(sentence)
  })

  test('a deletion says what it was and how much, and that it was not counted to the end', () => {
    expect(deletionName(deletion(1, { names: ['A', 'B', 'C'], tops: 5 }))).toBe('A, B, C and 2 more')
    expect(deletionWords(deletion(1, { amount: 1_000, more: true }))).toBe('More than 1,000 folders of Home')
    expect(deletionWords(deletion(1, { kind: 'workspace', amount: 1 }))).toBe('Workspace')
    expect(deletionWords(deletion(1, { kind: 'workspace', amount: 3 }))).toBe('Workspace with 2 folders')
  })
})

test('the menu of a folder leads to its history, offline too, for those who may edit', () => {
  const labels = (editable: boolean) => folderMenu(() => {}, { editable, offline: 'You are offline.', withOpen: true }).flat().filter(({ disabled }) => !disabled).map(({ label }) => label)
  expect(labels(true)).toContain('History')
  expect(labels(true)).not.toContain('Delete')
  expect(labels(false)).not.toContain('History')
})

/** What the server answers, by what is in the address; where there is nothing, the network is away. */
let answers: Record<string, (() => unknown) | undefined>
const asked = (part: string) => vi.mocked(globalThis.fetch).mock.calls.map(([url]) => String(url)).filter(url => url.includes(part))

describe('of somebody who is here', () => {
  let here: Here
  const pages: Awaited<ReturnType<typeof mountSuspended>>[] = []
  async function atTrash() {
    const page = await mountSuspended(App, { route: `/c/${id(10)}/trash` })
    pages.push(page)
    return page
  }
  beforeEach(async () => {
    useToast().clear()
    answers = { '/api/config': () => ({ databaseName: 'test', demo: false, signUp: false, mail: true }), '/api/auth': () => ({ user: { id: ME, name: 'Mara', email: 'mara@example.org' } }) }
    vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
      const body = Object.entries(answers).find(([path]) => String(input).includes(path))?.[1]?.()
      if (body === undefined) return Promise.reject(new TypeError('offline'))
      return Promise.resolve(body instanceof Response ? body : new Response(JSON.stringify(body)))
    })
    here = await somebodyHere(rows.shape('memberships', 'live'), rows.shape('user', 'live'), rows.user('Mara'))
    await useNuxtApp().$account.signIn('mara@example.org', 'x')
  })
  afterEach(() => {
    // A page without companies goes to the welcome page, whose code would come when the test is over.
    for (const page of pages.splice(0)) page.unmount()
    here.end()
    localStorage.clear()
    vi.restoreAllMocks()
  })
  const company = (role: string) => [rows.company(10, 'Ten', role), rows.shape('company', 'live', { company: 10 })]

  test('the trash lists deletions, offers more, and holds what hangs in a deleted workspace', async () => {
    answers['/deletions?before='] = () => ({ deletions: [deletion(3)], next: null })
    answers['/deletions?'] = () => ({ deletions: [deletion(1), deletion(2, { workspace: { id: id(51), name: 'Gone', deleted: true } })], next: '5.x' })
    await here.leader.apply(...company('member'))
    const page = await atTrash()
    await sees(() => expect(page.findAll('main li')).toHaveLength(2))
    expect(page.findAll('main li button').map(button => button.attributes('disabled'))).toEqual([undefined, ''])
    expect(page.find('main').text()).toContain('restore Gone first')
    await page.findAll('button').find(button => button.text() === 'Show more')?.trigger('click')
    await sees(() => expect(page.findAll('main li')).toHaveLength(3))
    expect(page.findAll('main li button').map(button => button.attributes('aria-label'))).toEqual([1, 2, 3].map(n => `Restore Folder ${n}`))
  })

  test('without the server the trash says so, and where own deletions are undone; a guest asks for none', async () => {
    await here.leader.apply(...company('member'))
    const page = await atTrash()
    await sees(() => expect(page.find('[data-face=offline]').exists()).toBe(true))
    expect(page.find('main a[href="/changes"]').exists()).toBe(true)
    const before = asked('/deletions').length
    await here.leader.apply(`UPDATE memberships SET role = 'guest'`)
    await sees(() => expect(page.find('main').text()).toMatch(/not for your role/i))
    expect(asked('/deletions')).toHaveLength(before)
  })

  test('a restore goes out as the mutation of its kind, once, and the list is asked again when it is decided', async () => {
    let decide = () => {}
    const sent: { name: string, input: object }[] = []
    answers['/deletions?'] = () => ({ deletions: sent.length > 0 ? [] : [deletion(1, { kind: 'workspace' })], next: null })
    const decided = new Promise<void>((resolve) => { decide = resolve })
    vi.mocked(globalThis.fetch).mockImplementation(async (input, init) => {
      if (!String(input).includes('/api/mutations')) return new Response(JSON.stringify(Object.entries(answers).find(([path]) => String(input).includes(path))?.[1]?.()))
      await decided
      const { mutations: entries } = JSON.parse(String(init?.body)) as { mutations: { id: string, name: string, input: object }[] }
      sent.push(...entries)
      return new Response(JSON.stringify({ results: entries.map(entry => ({ id: entry.id, status: 'applied', txid: 7, rows: [] })) }))
    })
    const { result: trash } = here.use(() => useDeletions(id(10)))
    await sees(() => expect(trash.rows.value).toHaveLength(1))
    const first = trash.restore(trash.rows.value![0]!)
    void trash.restore(trash.rows.value![0]!)
    expect([...trash.restoring.value]).toEqual([id(1)])
    expect(asked('/deletions')).toHaveLength(1)
    decide()
    await first
    expect(sent.map(({ name, input }) => ({ name, input }))).toEqual([{ name: 'workspace.restore', input: { deletion_id: id(1) } }])
    expect([trash.rows.value, trash.restoring.value.size]).toEqual([[], 0])
  })

  test('the history of a folder is shown with who and when, and asked anew with each opening', async () => {
    answers['/history?'] = () => ({ changes: [change('folder.rename', { before: { name: 'A' }, after: { name: 'B' } })], next: null })
    const target = { id: id(60), name: 'B', kind: 'folder' as const }
    const panel = await mountSuspended(HistoryPanel, { props: { company: id(10), target, open: true }, attachTo: document.body })
    await sees(() => expect(document.body.textContent).toContain('Mara renamed it from “A” to “B”.'))
    expect(document.querySelector('[role=dialog] time')?.getAttribute('datetime')).toBe('2026-01-02T03:04:05Z')
    expect(asked('/history?')).toEqual([`/api/companies/${id(10)}/history?folder=${id(60)}`])
    await panel.setProps({ open: false })
    await panel.setProps({ open: true })
    await sees(() => expect(asked('/history?')).toHaveLength(2))
    answers['/history?'] = undefined
    await panel.setProps({ target: { id: id(50), name: 'Home', kind: 'workspace' as const } })
    await sees(() => expect(document.querySelector('[role=dialog] [data-face=offline]')).not.toBeNull())
    expect(asked('/history?').at(-1)).toBe(`/api/companies/${id(10)}/history?workspace=${id(50)}`)
    panel.unmount()
  })

  test('an answer about what is no longer looked at is not shown, and a failure of a later page keeps what is here', async () => {
    const subject = shallowRef('first')
    const held: Record<string, (page: { rows: string[], next: number | null }) => void> = {}
    let fails = false
    const { result: pages } = here.use(() => useServerPages<string, number>(() => subject.value, (of, before) => {
      if (fails) return Promise.reject(new TypeError('offline'))
      return new Promise((resolve) => { held[`${of} ${before ?? ''}`.trim()] = resolve })
    }))
    subject.value = 'second'
    await sees(() => expect(Object.keys(held)).toEqual(['first', 'second']))
    held.first?.({ rows: ['of the first'], next: null })
    await Promise.resolve()
    expect(pages.rows.value).toBeUndefined()
    held.second?.({ rows: ['one'], next: 7 })
    await sees(() => expect(pages.rows.value).toEqual(['one']))
    fails = true
    await pages.loadMore()
    expect([pages.rows.value, pages.failure.value !== undefined, pages.more.value]).toEqual([['one'], true, true])
    fails = false
    const more = pages.loadMore()
    await sees(() => expect(held['second 7']).toBeDefined())
    held['second 7']?.({ rows: ['two'], next: null })
    await more
    expect([pages.rows.value, pages.failure.value, pages.more.value]).toEqual([['one', 'two'], undefined, false])
    fails = true
    await pages.refresh()
    fails = false
    const earlier = new Set(Object.values(held))
    const again = pages.loadMore()
    await sees(() => expect(earlier.has(held.second ?? (() => {}))).toBe(false))
    held.second?.({ rows: ['newest'], next: null })
    await again
    expect(pages.rows.value).toEqual(['newest'])
  })

  test('a refusal of the server is told in its words', async () => {
    answers['/deletions?'] = () => new Response(JSON.stringify(answerBody('too_slow')), { status: 503 })
    await here.leader.apply(...company('owner'))
    const page = await atTrash()
    await sees(() => expect(page.find('[role=alert]').text()).toContain(answerBody('too_slow').message))
  })
})
