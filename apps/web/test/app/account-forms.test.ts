import { mountSuspended } from '@nuxt/test-utils/runtime'
import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AccountCompanyForm, AccountConfirmModal, AccountInviteForm, AccountPasswordForm, AccountSignUpForm, AccountTransferForm } from '#components'
import { answerBody } from '#shared/protocol/answers'
import { ServerError } from '~/utils/server-api'
import { sees } from './support/here'

const attach = { attachTo: document.body }
const fill = (form: VueWrapper, name: string, value: string) => form.find(`input[name=${name}]`).setValue(value)
const submit = (form: VueWrapper) => form.find('form').trigger('submit')
const typed = (form: VueWrapper, name: string) => form.find<HTMLInputElement>(`input[name=${name}]`).element.value
const focused = () => (document.activeElement as HTMLInputElement | null)?.name

beforeEach(() => {
  vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(new Response(JSON.stringify({ databaseName: 'test', demo: false, signUp: true, mail: false }))))
})
afterEach(() => {
  vi.restoreAllMocks()
  document.body.innerHTML = ''
})

describe('a form of an account act', () => {
  test('what is wrong is said at each field, the first one has the focus, and nothing is sent', async () => {
    const signUp = vi.fn()
    const form = await mountSuspended(AccountSignUpForm, { props: { signUp }, ...attach })
    await fill(form, 'name', 'Nora')
    await fill(form, 'email', 'nobody')
    await fill(form, 'password', 'short')
    await submit(form)
    await sees(() => expect(form.text()).toMatch(/This is not an e-mail address\..*Use 10 characters or more\./s))
    await sees(() => expect(focused()).toBe('email'))
    expect(form.find('input[name=email]').attributes('aria-invalid')).toBe('true')
    expect(signUp).not.toHaveBeenCalled()
  })

  test('a sentence goes while the field is mended, and not when the button is pressed: it would move from under the pointer', async () => {
    const form = await mountSuspended(AccountSignUpForm, { props: { signUp: vi.fn() }, ...attach })
    await submit(form)
    await sees(() => expect(form.text()).toContain('Enter your name.'))
    await fill(form, 'name', 'Nora')
    await sees(() => expect(form.text()).not.toContain('Enter your name.'))
    const said = form.text()
    form.find<HTMLInputElement>('input[name=email]').element.value = 'nora@example.org'
    await form.find('input[name=email]').trigger('change')
    await form.find('input[name=email]').trigger('blur')
    await flushPromises()
    expect(form.text()).toBe(said)
  })

  test('a password that is the address is refused before anybody else guesses it', async () => {
    const signUp = vi.fn()
    const form = await mountSuspended(AccountSignUpForm, { props: { signUp }, ...attach })
    await fill(form, 'name', 'Nora')
    await fill(form, 'email', 'nora@example.org')
    await fill(form, 'password', 'Nora@example.org')
    await submit(form)
    await sees(() => expect(form.text()).toContain('the first that someone would try'))
    expect(signUp).not.toHaveBeenCalled()
  })

  test('a refusal of the server at a field stands at the field, has the focus, and what was typed stays', async () => {
    const change = vi.fn().mockRejectedValueOnce(new ServerError(answerBody('invalid_input', { fields: { current: 'This is not your password.' } })))
    const form = await mountSuspended(AccountPasswordForm, { props: { email: 'nora@example.org', change }, ...attach })
    await fill(form, 'current', 'not it')
    await fill(form, 'password', 'a long new password')
    await submit(form)
    await sees(() => expect(form.text()).toContain('This is not your password.'))
    await sees(() => expect(focused()).toBe('current'))
    expect(form.find('[role=alert]').exists()).toBe(false)
    expect([typed(form, 'current'), typed(form, 'password')]).toEqual(['not it', 'a long new password'])
    expect(form.emitted('done')).toBeUndefined()
  })

  test('any other refusal is said above, with what to do, and the form can be sent again', async () => {
    const signUp = vi.fn().mockRejectedValueOnce(new ServerError(answerBody('too_many_requests'))).mockResolvedValueOnce(undefined)
    const form = await mountSuspended(AccountSignUpForm, { props: { signUp }, ...attach })
    await fill(form, 'name', ' Nora ')
    await fill(form, 'email', 'nora@example.org')
    await fill(form, 'password', 'a long new password')
    await submit(form)
    await sees(() => expect(form.find('[role=alert]').text()).toMatch(/Too many attempts\..*Wait a little/s))
    await submit(form)
    await sees(() => expect(signUp).toHaveBeenCalledTimes(2))
    expect(signUp).toHaveBeenLastCalledWith({ name: 'Nora', email: 'nora@example.org', password: 'a long new password' })
    await sees(() => expect(form.find('[role=alert]').exists()).toBe(false))
  })

  test('two presses while the first is on its way are one act', async () => {
    let answer = () => {}
    const signUp = vi.fn(() => new Promise<void>((resolve) => { answer = resolve }))
    const form = await mountSuspended(AccountSignUpForm, { props: { signUp }, ...attach })
    await fill(form, 'name', 'Nora')
    await fill(form, 'email', 'nora@example.org')
    await fill(form, 'password', 'a long new password')
    await submit(form)
    await sees(() => expect(signUp).toHaveBeenCalledOnce())
    await submit(form)
    await flushPromises()
    answer()
    await sees(() => expect(form.find('button[type=submit]').attributes('disabled')).toBeUndefined())
    expect(signUp).toHaveBeenCalledOnce()
  })

  test('password managers are told which password is which, and one can be looked at', async () => {
    const form = await mountSuspended(AccountPasswordForm, { props: { email: 'nora@example.org', change: vi.fn() }, ...attach })
    const fields = form.findAll('input').map(input => input.attributes('autocomplete'))
    expect(fields).toEqual(['username', 'current-password', 'new-password'])
    await fill(form, 'password', 'a long new password')
    await form.findAll('button[aria-label="Show what is typed"]')[1]?.trigger('click')
    expect(form.find('input[name=password]').attributes('type')).toBe('text')
    expect(form.find('input[name=current]').attributes('type')).toBe('password')
  })

  test('an invite that is bound to an address leaves no other to type', async () => {
    const form = await mountSuspended(AccountSignUpForm, { props: { signUp: vi.fn(), invite: 'x'.repeat(30), email: 'nora@example.org' }, ...attach })
    expect(typed(form, 'email')).toBe('nora@example.org')
    expect(form.find('input[name=email]').attributes('readonly')).toBeDefined()
  })
})

describe('making a company', () => {
  const make = (create = vi.fn().mockResolvedValue(undefined), isSlugFree = vi.fn().mockResolvedValue(true)) =>
    mountSuspended(AccountCompanyForm, { props: { create, isSlugFree }, ...attach })

  test('the short name follows the name, until somebody writes their own', async () => {
    const form = await make()
    await fill(form, 'name', 'Café Über & Söhne, 2. Straße ')
    await sees(() => expect(typed(form, 'slug')).toBe('cafe-uber-sohne-2-strasse'))
    await fill(form, 'slug', 'my-own')
    await fill(form, 'name', 'Another name')
    await sees(() => expect(typed(form, 'name')).toBe('Another name'))
    expect(typed(form, 'slug')).toBe('my-own')
  })

  test('a short name that is taken is said before anything is sent, and no word stays of one that was changed', async () => {
    const form = await make(vi.fn(), vi.fn(async (slug: string) => slug !== 'taken'))
    await fill(form, 'slug', 'taken')
    await sees(() => expect(form.find('[data-testid=slug-word]').text()).toBe('Taken already'))
    await fill(form, 'slug', 'not-taken')
    expect(form.find('[data-testid=slug-word]').text()).toBe('')
    await sees(() => expect(form.find('[data-testid=slug-word]').text()).toBe('Free'))
  })

  test('a second try after a lost answer names the same company', async () => {
    const create = vi.fn().mockRejectedValueOnce(new ServerError()).mockResolvedValueOnce(undefined)
    const form = await make(create)
    await fill(form, 'name', 'Novel')
    await submit(form)
    await sees(() => expect(form.find('[role=alert]').text()).toContain('cannot be reached'))
    await submit(form)
    await sees(() => expect(create).toHaveBeenCalledTimes(2))
    const [first, second] = create.mock.calls.map(([input]) => input)
    expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'Novel', slug: 'novel' })
    expect(second).toEqual(first)
  })
})

describe('inviting', () => {
  test('the link is shown to whoever invites, with a way to copy it; an empty address binds nobody', async () => {
    const invite = vi.fn().mockResolvedValue({ id: 'i', link: 'https://app.example/invite?token=abc', expires_at: new Date().toISOString(), sent: false })
    const form = await mountSuspended(AccountInviteForm, { props: { role: 'guest', invite }, ...attach })
    await fill(form, 'email', 'nora@example.org')
    await fill(form, 'email', '')
    await submit(form)
    await sees(() => expect(form.find<HTMLInputElement>('input[aria-label="Link of the invite"]').element.value).toBe('https://app.example/invite?token=abc'))
    expect(invite).toHaveBeenCalledWith({ role: 'guest' })
  })
})

test('a company is given to nobody in particular by no press, and not without the password', async () => {
  const transfer = vi.fn()
  const form = await mountSuspended(AccountTransferForm, { props: { people: [{ user_id: crypto.randomUUID(), name: 'Nils', email: 'n@example.org' }], transfer }, ...attach })
  await submit(form)
  await sees(() => expect(form.text()).toMatch(/Name the person\..*Enter your password\./s))
  expect(transfer).not.toHaveBeenCalled()
})

test('what cannot be taken back is asked for by name before it is done', async () => {
  const modal = await mountSuspended(AccountConfirmModal, { props: { open: true, title: 'Leave Ten?', description: 'It is for good.' }, slots: { default: () => 'the button' }, ...attach })
  await sees(() => expect(document.querySelector('[role=dialog]')?.textContent).toMatch(/Leave Ten\?.*It is for good\..*the button/s))
  modal.unmount()
})
