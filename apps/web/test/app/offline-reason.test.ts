import { useOfflineReason, useShapesSync } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { AccountSignUpForm } from '#components'
import { sees, somebodyHere, type Here } from './support/here'
import { rows } from './support/local-database'

let here: Here
beforeEach(async () => { here = await somebodyHere() })
afterEach(() => {
  here.end()
  vi.restoreAllMocks()
})

/** What a page has of it: the app follows the state of the sync, and a button asks for the reason. */
function reason() {
  const { result: whole } = here.use(() => useShapesSync(() => true))
  const { result } = here.use(useOfflineReason)
  return { whole, result }
}

test('a browser that wrongly believes to be offline keeps nobody from acting while the sync reaches the server', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  const { whole, result } = reason()
  await here.leader.apply(rows.shape('memberships', 'live'))
  await sees(() => expect(whole.status.value).toBe('live'))
  window.dispatchEvent(new Event('offline'))
  expect(result.value).toBeUndefined()
})

test('a browser that believes to be online, behind a cable that leads nowhere, does not offer what cannot succeed', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(true)
  const { result } = reason()
  await here.leader.apply(rows.shape('memberships', 'offline'))
  await sees(() => expect(result.value).toMatch(/offline/))
  window.dispatchEvent(new Event('online'))
  expect(result.value).toMatch(/offline/)
  await here.leader.apply(rows.shape('memberships', 'live'))
  await sees(() => expect(result.value).toBeUndefined())
})

test('where the sync does not reach the server a form says why its button cannot be pressed, and can be sent again when it does', async () => {
  reason()
  const form = await mountSuspended(AccountSignUpForm, { props: { signUp: vi.fn() }, attachTo: document.body })
  onTestFinished(() => form.unmount())
  const isDisabled = () => form.find('button[type=submit]').attributes('disabled') !== undefined
  await here.leader.apply(rows.shape('memberships', 'offline'))
  await sees(() => expect(isDisabled()).toBe(true))
  expect(form.find('[role=status]').text()).toContain('offline')
  await here.leader.apply(rows.shape('memberships', 'live'))
  await sees(() => expect(isDisabled()).toBe(false))
})

test('a server that is there and cannot sync now may be asked for everything else', async () => {
  const { whole, result } = reason()
  await here.leader.apply(rows.shape('memberships', 'offline', { code: 'sync_unavailable' }))
  await sees(() => expect(whole.status.value).toBe('offline'))
  expect(result.value).toBeUndefined()
})
