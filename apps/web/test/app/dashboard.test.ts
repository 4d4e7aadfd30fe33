import { useNuxtApp, useRouter } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import App from '~/app.vue'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'

let here: Here
beforeEach(async () => {
  here = await somebodyHere(rows.shape('memberships', 'live'), rows.shape('user', 'live'))
  vi.spyOn(globalThis, 'fetch').mockImplementation(input => Promise.resolve(new Response(JSON.stringify(
    String(input).endsWith('/config') ? { databaseName: 'test', demo: false } : { user: { id: ME, name: 'Mara Member', email: 'mara@example.org' } },
  ))))
  await useNuxtApp().$account.signIn('mara@example.org', 'x')
})
afterEach(() => {
  here.end()
  vi.restoreAllMocks()
})

const lead = (n: number, status: string, variant: string | null, at = 'now()') => `INSERT INTO leads (id, company_id, name, email, message, source, status, score, variant, assignee_id, notes, tags, created_at, updated_at, row_version)
  VALUES ('${id(700 + n)}', '${id(10)}', 'n', 'e', 'm', 'form', '${status}', 40, ${variant ? `'${variant}'` : 'NULL'}, ${n === 1 ? `'${id(20)}'` : 'NULL'}, '', '{}', ${at}, now(), 1)`
const company = (role: string) => [rows.company(10, 'Ten', role), ...['company', 'members', 'workspaces', 'folders', 'leads'].map(shape => rows.shape(shape, 'live', { company: 10 }))]
const leads = [lead(1, 'won', 'a'), lead(2, 'new', 'a'), lead(3, 'new', 'b'), lead(4, 'won', null, 'now() - interval \'200 days\'')]
// As tables: there is no canvas to draw on.
const at = async (query = '') => mountSuspended(App, { route: `/c/${id(10)}/dashboard?as=tables${query}` })
const query = () => useRouter().currentRoute.value.fullPath.split('?')[1]
const totals = (page: Awaited<ReturnType<typeof at>>) => page.findAll('dl > div').map(one => one.findAll('dd')[0]?.text())
const line = (page: Awaited<ReturnType<typeof at>>, card: string, label: string) => page.findAll(`section[aria-label="${card}"] tbody tr`).find(row => row.find('th').text() === label)

test('a value that is chosen filters every other chart and stands in the address, and all of it can be cleared', async () => {
  await here.leader.apply(...company('member'), rows.member(20, 10, 'Ada'), ...leads)
  const page = await at()
  await sees(() => expect(totals(page)).toEqual(['3', '1', '33.3%']))
  expect(line(page, 'Leads by assignee', 'Ada')?.text()).toMatch(/^Ada\s*1\s*33.3%$/)
  await line(page, 'Leads by variant', 'a')?.find('button').trigger('click')
  await sees(() => expect(totals(page)).toEqual(['2', '1', '50%']))
  expect(line(page, 'Leads by variant', 'b')?.findAll('td')[0]?.text(), 'its own chart shows the others beside it').toBe('1')
  expect(line(page, 'Leads by status', 'New')?.findAll('td')[0]?.text()).toBe('1')
  expect(line(page, 'Conversion by variant', 'a')?.text()).toMatch(/^a\s*2\s*1\s*50%\s*9.5% – 90.5%$/)
  await sees(() => expect(query()).toBe('variant=a&as=tables'))
  await page.find('button[aria-label="Clear all filters"]').trigger('click')
  await sees(() => expect(totals(page)).toEqual(['3', '1', '33.3%']))
  await sees(() => expect(query()).toBe('as=tables'))
  page.unmount()
})

test('an address opens with its filters, and a lead that comes is counted', async () => {
  await here.leader.apply(...company('owner'), ...leads)
  const page = await at('&period=0&status=won')
  await sees(() => expect(totals(page)).toEqual(['2', '2', '50%']))
  expect(page.find('button[aria-label="Take the filter away: Status: Won"]').exists()).toBe(true)
  await here.leader.apply(lead(5, 'won', 'b'))
  await sees(() => expect(totals(page)[0]).toBe('3'))
  page.unmount()
})

test('a guest is shown nothing of it', async () => {
  await here.leader.apply(...company('guest'), ...leads)
  const page = await at()
  await sees(() => expect(page.text()).toContain('This page is not for your role'))
  expect(page.find('nav[aria-label=Company]').text()).not.toContain('Dashboard')
  page.unmount()
})
