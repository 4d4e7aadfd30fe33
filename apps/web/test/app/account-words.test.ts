import { afterEach, describe, expect, test, vi } from 'vitest'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { useNuxtApp } from '#imports'
import { AccountMemberMenu } from '#components'
import type { AuditAct, AuditSubjects } from '#shared/account/audit'
import { ROLES } from '#shared/catalogue/roles'
import { auditSentence } from '~/utils/audit-words'
import { byteWords } from '~/utils/byte-words'
import { deviceWords } from '~/utils/device-words'
import { rememberNext, takeNext } from '~/utils/next-path'
import { storePerson } from '~/utils/person'
import { readPreferences, storedPreferences, storePreferences } from '~/utils/preferences'
import { slugOf } from '~/utils/slug'
import { somebodyHere } from './support/here'
import { id, ME } from './support/local-database'

afterEach(() => {
  sessionStorage.clear()
  localStorage.clear()
  vi.restoreAllMocks()
})

describe('the audit in words', () => {
  const subjects: AuditSubjects = {
    'account.signed-up': { invited: true }, 'account.password-changed': {}, 'account.password-reset': {},
    'account.reset-link-made': { user_id: 'u', name: 'Nils' }, 'account.email-change-asked': {},
    'account.email-changed': { from: 'a@b', to: 'c@d' }, 'account.sessions-ended': { count: 2 },
    'company.created': { name: 'Ten', slug: 'ten' }, 'company.owner-made': { user_id: 'u', name: 'Nils' },
    'company.transferred': { from: 'u', from_name: 'Mara', to: 'v', to_name: 'Nils' },
    'import.began': { file: 'a.tsv', lines: 7 }, 'import.ended': { file: 'a.tsv', workspaces: 1, folders: 5, existed: 1, refused: 1, whole: false },
    'invite.made': { invite_id: 'i', role: 'guest', email: null }, 'invite.revoked': { invite_id: 'i', role: 'guest', email: 'n@x' },
    'invite.accepted': { invite_id: 'i', role: 'guest', email: null },
    'leads.released': { leads: 2 },
    'lead.erased': { lead_id: 'l' },
    'member.role-changed': { user_id: 'u', name: 'Nils', from: 'guest', to: 'member' },
    'member.left': { user_id: 'u', name: 'Mara', role: 'admin' }, 'member.removed': { user_id: 'u', name: 'Nils', role: 'guest' },
  }
  const event = (act: string, subject: object, actor: { id: string | null, name: string } = { id: 'u', name: 'Mara' }) =>
    auditSentence({ id: 1, at: '', actor, act, subject: { ...subject } })

  test.each(Object.keys(subjects) as AuditAct[])('%s is a whole sentence about who did it', (act) => {
    expect(event(act, subjects[act])).toMatch(/^Mara .+\.$/)
    expect(event(act, subjects[act])).not.toMatch(/undefined|null|\[object/)
  })

  test('an act of a newer version is named, not hidden', () => {
    expect(event('company.painted', {})).toContain('company.painted')
    expect(event('constructor', {})).toContain('constructor')
  })

  test('the operator is no person of the company', () => {
    expect(event('company.owner-made', subjects['company.owner-made'], { id: null, name: 'operator' })).toBe('The operator made Nils an owner.')
  })
})

describe('who can do what with whom in the list of members', () => {
  const cases = ROLES.flatMap(mine => ROLES.map(theirs => [mine, theirs] as const))
  test.each(cases)('%s about %s', async (mine, theirs) => {
    const menu = await mountSuspended(AccountMemberMenu, { props: {
      company: { id: id(10), name: 'Ten', role: mine }, member: { user_id: id(20), name: 'Nils', role: theirs }, changeRole: vi.fn(),
    } })
    expect(menu.find('button').exists()).toBe(mine === 'owner' || (mine === 'admin' && theirs !== 'owner'))
  })

  test('nobody has a menu about themselves', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(new Response(JSON.stringify({ databaseName: 'test', user: { id: ME, name: 'Mara', email: 'm@x' } }))))
    const here = await somebodyHere()
    await useNuxtApp().$account.signIn('m@x', 'x')
    const menu = await mountSuspended(AccountMemberMenu, { props: {
      company: { id: id(10), name: 'Ten', role: 'owner' }, member: { user_id: ME, name: 'Mara', role: 'owner' }, changeRole: vi.fn(),
    } })
    expect(menu.find('button').exists()).toBe(false)
    here.end()
  })
})

describe('where a sign-in leads', () => {
  test('to the page that was asked for, once', () => {
    rememberNext('/invite?token=abc')
    expect(takeNext()).toBe('/invite?token=abc')
    expect(takeNext()).toBeUndefined()
  })

  test.each(['//evil.example/x', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', ''])('never to another site: %s', (path) => {
    rememberNext(path)
    expect(takeNext()).toBeUndefined()
    sessionStorage.setItem('mvdb:next', path)
    expect(takeNext()).toBeUndefined()
  })
})

describe('preferences', () => {
  test('what is stored may be anything: what is not known counts as not chosen, and the rest is kept', () => {
    expect(readPreferences({ theme: 'dark', density: 7, start: 'x', language: 'tlh', other: 1 })).toEqual({ theme: 'dark', density: 'comfortable', language: 'en', start: null })
    for (const value of [null, undefined, 'dark', 7, []]) expect(readPreferences(value).theme).toBe('system')
  })

  test('those of one person are not the next one\'s, and are gone when they leave', () => {
    const mara = { id: ME, name: 'Mara', email: 'm@x' }
    storePerson(mara)
    storePreferences(ME, readPreferences({ theme: 'dark' }))
    expect(storedPreferences(id(2))).toBeUndefined()
    storePerson({ ...mara, name: 'Mara again' })
    expect(storedPreferences(ME)?.theme).toBe('dark')
    storePerson(undefined)
    expect(JSON.stringify({ ...localStorage })).not.toContain(ME)
  })
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0', 'Edge on Windows'],
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36', 'Chrome on Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1', 'Safari on iPhone'],
  ['curl/8.5.0', 'Unknown device'],
  ['', 'Unknown device'],
])('a device is named as a person knows it: %s', (agent, words) => {
  expect(deviceWords(agent)).toBe(words)
})

test.each([[0, '0 bytes'], [999, '999 bytes'], [12_345_678, '12.3 MB'], [5e15, '5,000 TB']])('%i bytes', (bytes, words) => {
  expect(byteWords(bytes)).toBe(words)
})

test.each([['Ünïque  Name!', 'unique-name'], ['日本', ''], ['--a--', 'a'], ['x'.repeat(99), 'x'.repeat(60)]])('the short name of %s', (name, slug) => {
  expect(slugOf(name)).toBe(slug)
})
