import { useAccountArrival, useCompaniesSync, useNuxtApp, useRouter } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { answerBody, type AnswerCode } from '#shared/protocol/answers'
import App from '~/app.vue'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'

/** What the server answers, by the beginning of the address; anything else is the configuration. */
let answers: Record<string, () => unknown>
const refusal = (code: AnswerCode) => () => new Response(JSON.stringify(answerBody(code)), { status: 410 })
const asked = () => vi.mocked(globalThis.fetch).mock.calls.map(([url]) => String(url))

beforeEach(() => {
  answers = { '/api/config': () => ({ databaseName: 'test', demo: false, signUp: false, mail: true }) }
  vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    const [, answer] = Object.entries(answers).find(([path]) => String(input).startsWith(path)) ?? []
    const body = answer?.() ?? { user: { id: ME, name: 'Mara Member', email: 'mara@example.org' } }
    return Promise.resolve(body instanceof Response ? body : new Response(JSON.stringify(body)))
  })
})
afterEach(() => {
  sessionStorage.clear()
  vi.restoreAllMocks()
})

const at = (route: string) => mountSuspended(App, { route })

describe('before anybody is here', () => {
  test('a server that is closed to new accounts says so, and offers none on the sign-in page', async () => {
    const page = await at('/sign-up')
    await sees(() => expect(page.text()).toContain('New accounts cannot be made here without an invite.'))
    expect(page.find('form').exists()).toBe(false)
    const signIn = await at('/sign-in')
    await sees(() => expect(signIn.text()).toContain('Forgot your password?'))
    expect(signIn.text()).not.toContain('Make an account')
  })

  test('an invite opens the sign-up of a closed server, for the address that it is bound to', async () => {
    answers['/api/invites'] = () => ({ company: { name: 'Ten' }, role: 'admin', expires_at: '2030-01-02T00:00:00Z', email: 'nora@example.org' })
    const page = await at(`/sign-up?invite=${'x'.repeat(40)}`)
    await sees(() => expect(page.text()).toContain('you join Ten as an admin'))
    expect(page.find<HTMLInputElement>('input[name=email]').element.value).toBe('nora@example.org')
  })

  test('an invite that is used or taken back says so and offers no form', async () => {
    answers['/api/invites'] = refusal('invite_ended')
    const page = await at(`/invite?token=${'x'.repeat(40)}`)
    await sees(() => expect(page.find('[role=alert]').text()).toContain('This invite was used, taken back, or is too old.'))
    expect(page.text()).not.toContain('Make an account and join')
  })

  test('whoever asks for a new password is told the same, whoever they are', async () => {
    answers['/api/auth/reset-request'] = () => ({})
    const page = await at('/reset')
    await page.find('input[name=email]').setValue('nobody@example.org')
    await page.find('form').trigger('submit')
    await sees(() => expect(page.find('[role=status]').text()).toContain('If there is an account with nobody@example.org'))
  })

  test('an address within the app leads to the sign-in, and is kept for after it', async () => {
    await at('/settings/security')
    await sees(() => expect(useRouter().currentRoute.value.path).toBe('/sign-in'))
    expect(sessionStorage.getItem('mvdb:next')).toBe('/settings/security')
  })
})

describe('of somebody who is here', () => {
  let here: Here
  beforeEach(async () => {
    here = await somebodyHere(rows.shape('memberships', 'live'), rows.shape('user', 'live'), rows.user('Mara Member'))
    await useNuxtApp().$account.signIn('mara@example.org', 'x')
  })
  afterEach(() => {
    here.end()
    localStorage.clear()
  })

  const company = (role: string) => [rows.company(10, 'Ten', role), rows.shape('company', 'live', { company: 10 })]
  const event = (n: number) => ({ id: n, at: '2026-01-02T03:04:05Z', actor: { id: ME, name: `Person ${n}` }, act: 'account.password-changed', subject: {} })

  /** Somebody has just made a company, while the sync is in a state; the clock stands until it is moved. */
  async function makesCompany(state: string) {
    await here.leader.apply(`UPDATE sync_status SET state = '${state}', complete = ${state === 'live'}`)
    await at('/welcome')
    const { result: sync } = here.use(useCompaniesSync)
    await sees(() => expect(sync.status.value).toBe(state))
    const ways: string[] = []
    onTestFinished(useRouter().afterEach(({ path }) => void ways.push(path)))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    return { ways, gone: here.use(useAccountArrival).result.goWhenHere(id(10)) }
  }

  test('a company that was just made is waited for while this device still opens its copy', async () => {
    const { ways, gone } = await makesCompany('syncing')
    await vi.advanceTimersByTimeAsync(30_000)
    vi.useRealTimers()
    await here.leader.apply('UPDATE sync_status SET state = \'live\', complete = true', ...company('owner'))
    await gone
    expect(ways).toEqual([`/c/${id(10)}`])
  })

  test('a company that does not come where sync runs leads to the list, which says why', async () => {
    const { ways, gone } = await makesCompany('live')
    await vi.advanceTimersByTimeAsync(9_900)
    expect(ways).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    vi.useRealTimers()
    await gone
    expect(ways[0]).toBe('/')
  })

  test('the audit is read page by page, each event once, and ends', async () => {
    answers['/api/companies'] = () => asked().at(-1)?.includes('before=2') ? { events: [event(1)], next: null } : { events: [event(3), event(2)], next: 2 }
    await here.leader.apply(...company('owner'))
    const page = await at(`/c/${id(10)}/audit`)
    await sees(() => expect(page.findAll('ol > li')).toHaveLength(2))
    await page.findAll('button').find(button => button.text() === 'Show more')?.trigger('click')
    await sees(() => expect(page.findAll('ol > li').map(line => /Person \d/.exec(line.text())?.[0])).toEqual(['Person 3', 'Person 2', 'Person 1']))
    expect(page.text()).not.toContain('Show more')
  })

  test('who is no owner is shown no audit, and none is asked for', async () => {
    await here.leader.apply(...company('admin'))
    const page = await at(`/c/${id(10)}/audit`)
    await sees(() => expect(page.find('main').text()).toMatch(/not for your role|only owners/i))
    expect(asked().filter(url => url.includes('/audit'))).toEqual([])
  })

  test.each([['owner', true, true], ['admin', true, false], ['member', false, false], ['guest', false, false]])('%s finds what they may do in the company\'s settings', async (role, edits, gives) => {
    await here.leader.apply(...company(role))
    const page = await at(`/c/${id(10)}/settings`)
    await sees(() => expect(page.text()).toContain('Leave the company'))
    expect([page.find('input[name=name]').exists(), page.text().includes('Give the company away')]).toEqual([edits, gives])
  })

  test('a profile that changes elsewhere is taken over, but not over what is being typed', async () => {
    const page = await at('/settings')
    await sees(() => expect(page.find<HTMLInputElement>('input[name=name]').element.value).toBe('Mara Member'))
    await page.find('input[name=name]').setValue('Mara Typing')
    await here.leader.apply('UPDATE users SET name = \'Elsewhere\', avatar_url = \'https://example.org/i.png\'')
    await sees(() => expect(page.find<HTMLInputElement>('input[name=avatar_url]').element.value).toBe('https://example.org/i.png'))
    expect(page.find<HTMLInputElement>('input[name=name]').element.value).toBe('Mara Typing')
  })

  test('the density of the profile is the page\'s', async () => {
    await at('/settings/preferences')
    await here.leader.apply('UPDATE users SET preferences = \'{"density": "compact"}\'')
    await sees(() => expect(document.documentElement.dataset.density).toBe('compact'))
  })
})
