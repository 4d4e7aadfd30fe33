import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { shallowRef } from 'vue'
import { SearchBox } from '#components'
import { useSearch } from '~/composables/useSearch'
import { recentPlaces } from '~/utils/recent-results'
import { RECENT_KEY, storePerson } from '~/utils/person'
import { createSearchTables } from '../../worker/search/tables'
import { beginFills, doSlice } from '../../worker/search/slices'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'

let here: Here

beforeEach(async () => {
  localStorage.clear()
  here = await somebodyHere()
  await here.pg.transaction(tx => createSearchTables(tx))
  await here.pg.exec([
    'TRUNCATE search_titles, search_documents, search_words, search_title_words, search_trigrams, search_fills, search_changes',
    rows.company(10, 'Nordlicht'), rows.workspace(100, 10, 'Sales'),
    rows.folder(1000, 10, 100, null, 'report'), rows.folder(1001, 10, 100, 1000, 'reporting'), rows.folder(1002, 10, 100, null, 'parted'),
    ...['workspaces', 'folders', 'members', 'groups'].map(shape => rows.shape(shape, 'live', { company: 10, count: 1 })),
  ].join(';'))
  await beginFills(here.pg)
  while ((await doSlice(here.pg, 100)).kind !== 'none');
})
afterEach(() => here.end())

test('fast typing asks for the first and the last text, and an older answer never takes a newer one\'s place', async () => {
  const text = shallowRef('r')
  const { result } = here.use(() => useSearch(text, 8))
  for (const next of ['re', 'rep', 'repo', 'reporti']) text.value = next
  await sees(() => expect(result.found.value?.question).toBe('reporti'))
  expect(result.found.value?.rows.map(({ title }) => title)).toEqual(['reporting'])
  text.value = ''
  expect(result.found.value).toBeUndefined()
})

test('a slip of the keys is answered by a second tier, and a text that says nothing by none', async () => {
  const text = shallowRef('reoprting')
  const { result } = here.use(() => useSearch(text, 8))
  await sees(() => expect(result.similar.value?.rows[0]?.title).toBe('reporting'))
  text.value = 'p'
  await sees(() => expect(result.found.value?.question).toBe('p'))
  expect(result.similar.value).toBeUndefined()
})

test('a long list has all of its lines, the first screenful first', async () => {
  await here.pg.exec(Array.from({ length: 40 }, (_, n) => rows.folder(2000 + n, 10, 100, null, `listed ${n}`)).join(';'))
  while ((await doSlice(here.pg, 100)).kind !== 'none');
  const box = await mountSuspended(SearchBox, { props: { 'text': '', 'onUpdate:text': (text: string) => box.setProps({ text }), 'limit': 50, 'companies': [{ id: id(10) }] } })
  const lengths = new Set<number>()
  const watcher = new MutationObserver(() => lengths.add(box.findAll('[role="option"]').length))
  watcher.observe(box.element, { childList: true, subtree: true })
  await box.find('input').setValue('listed')
  await sees(() => expect(box.findAll('[role="option"]')).toHaveLength(40))
  watcher.disconnect()
  lengths.delete(0)
  expect(Math.min(...lengths)).toBe(20)
  expect(box.find('[role="status"]').text()).toBe('40 results')
  box.unmount()
})

test('the listbox says what is chosen, marks what was found, and remembers what was opened until another person comes', async () => {
  storePerson({ id: ME, name: 'Mara', email: 'mara@example.org' })
  const box = await mountSuspended(SearchBox, { props: { 'text': '', 'onUpdate:text': (text: string) => box.setProps({ text }), 'limit': 8, 'companies': [{ id: id(10) }] } })
  const field = box.find('input')
  await field.setValue('report')
  await sees(() => expect(box.findAll('[role="option"]').map(option => option.find('span[dir]').text())).toEqual(['report', 'reporting']))
  expect(box.findAll('mark').map(mark => mark.text())).toEqual(['report', 'report'])
  expect(field.attributes('aria-activedescendant')).toBe(box.find('[aria-selected="true"]').attributes('id'))
  await field.trigger('keydown', { key: 'ArrowDown' })
  await sees(() => expect(box.find('[aria-selected="true"]').text()).toContain('reporting'))
  await field.trigger('keydown', { key: 'Enter' })
  await sees(() => expect(recentPlaces(ME)).toEqual([{ entity: 'folder', id: id(1001), companyId: id(10) }]))
  // No name lies where it would outlive its company; the list takes it from the database.
  expect(localStorage.getItem(RECENT_KEY)).not.toContain('reporting')
  await field.setValue('')
  await sees(() => expect(box.findAll('[role="option"]').map(option => option.text())).toEqual([expect.stringContaining('reporting')]))
  storePerson({ id: id(2), name: 'Nils', email: 'nils@example.org' })
  expect(localStorage.getItem(RECENT_KEY)).toBeNull()
  box.unmount()
})

test('until every name is taken in it answers from those that are, and says so', async () => {
  await here.pg.exec(`${Array.from({ length: 40 }, (_, n) => rows.folder(3000 + n, 10, 100, null, `later ${n}`)).join(';')};
    TRUNCATE search_titles, search_documents, search_words, search_title_words, search_trigrams, search_fills, search_changes;
    UPDATE sync_status SET row_count = (SELECT count(*) FROM folders) WHERE shape = 'folders'`)
  await beginFills(here.pg)
  const filled = async () => (await here.pg.query<{ rows: number }>('SELECT sum(rows)::int AS rows FROM search_fills')).rows[0]!.rows
  while (await filled() < 10) await doSlice(here.pg, 5)
  const box = await mountSuspended(SearchBox, { props: { 'text': '', 'onUpdate:text': (text: string) => box.setProps({ text }), 'limit': 50, 'companies': [{ id: id(10) }] } })
  onTestFinished(() => box.unmount())
  await box.find('input').setValue('report')
  await sees(() => expect(box.findAll('[role="option"]').length).toBeGreaterThan(0))
  await sees(() => expect(box.find('[data-testid="search-filling"]').text()).toMatch(/Still taking in names: \d+ of \d+ can be found/))
  await box.find('input').setValue('later 39')
  await sees(() => expect(box.find('[data-face="empty"]').text()).toBe('Nothing found yet.'))

  while ((await doSlice(here.pg, 100)).kind !== 'none');
  await here.leader.apply('SELECT 1')
  await sees(() => expect(box.findAll('[role="option"]')).toHaveLength(1))
  expect(box.find('[data-testid="search-filling"]').exists()).toBe(false)
})

test('a database that is still opening shows that something is on its way, not nothing', async () => {
  here.leader.opening = true
  const box = await mountSuspended(SearchBox, { props: { 'text': '', 'onUpdate:text': (text: string) => box.setProps({ text }), 'limit': 8, 'companies': [{ id: id(10) }] } })
  onTestFinished(() => box.unmount())
  await box.find('input').setValue('report')
  await sees(() => expect(box.find('[data-face="loading"]').text()).toBe('Searching'))
  here.leader.opening = false
  await here.leader.apply('SELECT 1')
  await sees(() => expect(box.findAll('[role="option"]')).toHaveLength(2))
  expect(box.find('[data-face="loading"]').exists()).toBe(false)
})
