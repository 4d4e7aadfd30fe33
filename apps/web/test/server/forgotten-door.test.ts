import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mutations } from '../../shared/mutations/index'
import { reads } from '../../shared/reads/index'
import { App } from './support/app'
import { Browser, type Answer } from './support/browser'
import { join, admin, makeCompany, makePerson, PASSWORD, type Person } from './support/people'
import { READ_PARAMS } from './support/read-params'

// Every route, asked by an owner of one company about this company and about another one, of a server whose transactions
// forget who asks. What holds then is row level security alone.

const API = fileURLToPath(new URL('../../server/api/', import.meta.url))

interface World { id: string, owner: Person, needle: string, workspace: string, folder: string, group: string, lead: string, invite: string, inviteToken: string }

let sql: pg.Pool
let forgetful: App
let sound: App
let own: World
let other: World

/** A company of which every row that people may see holds the needle. */
async function plant(name: string): Promise<World> {
  const needle = `needle-${name}-${randomUUID().slice(0, 8)}`
  const owner = await makePerson(sql, 'planter')
  const colleague = await makePerson(sql, needle)
  const id = await makeCompany(sql, owner)
  await join(sql, id, colleague, 'member')
  for (const table of ['companies', 'user_groups', 'workspaces', 'folders', 'leads']) {
    await sql.query(`update ${table} set name = $2 where ${table === 'companies' ? 'id' : 'company_id'} = $1`, [id, needle])
  }
  await sql.query('update companies set settings = \'{"form":{"open":true}}\' where id = $1', [id])
  const [invite, inviteToken] = [randomUUID(), `token-of-an-invite-that-is-long-enough-${needle}`]
  await sql.query(`insert into auth.invites (id, company_id, role, email, token_hash, invited_by, expires_at)
    values ($1, $2, 'member', $3, encode(sha256($4::bytea), 'hex'), $5, now() + interval '1 day')`, [invite, id, `${needle}@example.com`, inviteToken, owner.id])
  await sql.query(`insert into auth.audit (company_id, actor_id, actor_name, act, subject) values ($1, $2, $3, 'company.created', $4)`, [id, owner.id, needle, { name: needle, slug: needle }])
  await sql.query(`insert into auth.changes (company_id, entity, row_id, actor_id, actor_name, mutation, after) select $1, 'folders', id, $2, $3, 'folder.rename', $4 from folders where company_id = $1`, [id, owner.id, needle, { name: needle }])
  await sql.query(`insert into folders (id, company_id, workspace_id, name, deleted_at, deletion_id) select gen_random_uuid(), $1, id, $2, now(), gen_random_uuid() from workspaces where company_id = $1`, [id, needle])
  const one = async (table: string) => (await sql.query<{ id: string }>(`select id from ${table} where company_id = $1${table === 'folders' ? ' and deleted_at is null' : ''}`, [id])).rows[0]?.id ?? ''
  return { id, owner, needle, invite, inviteToken, workspace: await one('workspaces'), folder: await one('folders'), group: await one('user_groups'), lead: await one('leads') }
}

beforeAll(async () => {
  sql = admin()
  // It brings the tables.
  sound = await App.start()
  own = await plant('own')
  other = await plant('other')
  forgetful = await App.start({ NODE_OPTIONS: `--import ${new URL('./support/forget-who-asks.mjs', import.meta.url).href}` })
})
afterAll(async () => {
  await forgetful?.stop()
  await sound?.stop()
  await sql?.end()
})

type Ask = (who: Browser, world: World) => Promise<Answer>
const get = (path: (world: World) => string): Ask => (who, world) => who.ask(path(world))
const post = (path: (world: World) => string, body: (world: World) => unknown): Ask => (who, world) => who.post(path(world), body(world))
const of = (path: string) => (world: World) => `/api/companies/${world.id}/${path}`
const nothing = () => ({})
const SHAPES = ['company', 'members', 'groups', 'group-members', 'workspaces', 'folders', 'leads']
const entries = (world: World) => SHAPES.map(shape => ({ shape, company: world.id, offset: '0_0', handle: 'h-1' }))

/** What a mutation is tried with: ids of the company's rows wherever it takes some. */
const inputOf = (world: World): Record<string, object> => ({
  'workspace.create': { id: randomUUID(), name: 'x' }, 'workspace.rename': { id: world.workspace, name: 'x' }, 'workspace.describe': { id: world.workspace, description: 'x' },
  'workspace.move': { id: world.workspace, position: 'b1' }, 'workspace.delete': { id: world.workspace, deletion_id: randomUUID() }, 'workspace.restore': { deletion_id: randomUUID() },
  'folder.create': { id: randomUUID(), workspace_id: world.workspace, parent_id: null, name: 'x' }, 'folder.rename': { id: world.folder, name: 'x' },
  'folder.describe': { id: world.folder, description: 'x' }, 'folder.move': { ids: [world.folder], workspace_id: world.workspace, parent_id: null },
  'folder.delete': { ids: [world.folder], deletion_id: randomUUID() }, 'folder.restore': { deletion_id: randomUUID() },
  'group.create': { id: randomUUID(), name: 'x' }, 'group.rename': { id: world.group, name: 'x' }, 'group.describe': { id: world.group, description: 'x' }, 'group.delete': { id: world.group },
  'group.add-people': { group_id: world.group, people: [{ id: randomUUID(), user_id: world.owner.id }] }, 'group.remove-people': { group_id: world.group, user_ids: [world.owner.id] },
  'lead.set-status': { id: world.lead, status: 'won' }, 'lead.assign': { id: world.lead, assignee_id: world.owner.id }, 'lead.set-notes': { id: world.lead, notes: 'x' }, 'lead.set-tags': { id: world.lead, tags: ['x'] }, 'lead.merge': { ids: [world.lead], merged_into: null }, 'lead.erase': { id: world.lead },
  'member.change-role': { user_id: world.owner.id, role: 'guest' }, 'company.settings': { name: 'x' },
  'person.profile': { name: 'x', avatar_url: null }, 'person.preferences': { preferences: { theme: 'x' } },
})

/**
 * Each file of the API, in the order in which it is asked: what ends sessions and memberships comes last. `mayTell`: it
 * answers of the own company all the same, because it goes by the door of accounts or asks Electric; of another's, never.
 */
const ROUTES: Record<string, { ask: Ask, mayTell?: true, tellsAll?: true }> = {
  '[...].ts': { ask: get(world => `/api/nothing/${world.id}`) },
  'index.ts': { ask: get(() => '/api') },
  'config.get.ts': { ask: get(() => '/api/config') },
  'health.get.ts': { ask: get(() => '/api/health') },
  'ready.get.ts': { ask: get(() => '/api/ready') },
  'auth/session.get.ts': { ask: get(() => '/api/auth/session') },
  'account/sessions/index.get.ts': { ask: get(() => '/api/account/sessions') },
  'companies/slug-free.get.ts': { ask: get(world => `/api/companies/slug-free?slug=c-${world.id}`) },
  'companies/[company]/audit.get.ts': { ask: get(of('audit')) },
  'companies/[company]/history.get.ts': { ask: get(world => of(`history?folder=${world.folder}`)(world)) },
  'companies/[company]/deletions.get.ts': { ask: get(of('deletions')) },
  'companies/[company]/invites/index.get.ts': { ask: get(of('invites')), mayTell: true },
  'companies/[company]/invites/index.post.ts': { ask: post(of('invites'), () => ({ role: 'guest' })) },
  'companies/[company]/invites/revoke.post.ts': { ask: post(of('invites/revoke'), world => ({ id: world.invite })) },
  'companies/[company]/import.post.ts': { ask: (who, world) => who.ask(`${of('import')(world)}?file=x.tsv`, { method: 'POST', body: 'w\tf\n', headers: { 'origin': new URL(forgetful.origin).origin, 'content-type': 'text/tab-separated-values' } }) },
  'companies/[company]/remove-member.post.ts': { ask: post(of('remove-member'), () => ({ user_id: randomUUID() })) },
  'companies/[company]/transfer.post.ts': { ask: post(of('transfer'), () => ({ user_id: randomUUID(), password: PASSWORD })) },
  'companies/index.post.ts': { ask: post(() => '/api/companies', world => ({ id: world.id, name: 'x', slug: `x-${world.id}` })) },
  // The link is the permission, whoever opens it: both are asked with the token of the own company.
  'invites/index.get.ts': { ask: get(() => `/api/invites?token=${own.inviteToken}`), mayTell: true },
  'invites/accept.post.ts': { ask: post(() => '/api/invites/accept', () => ({ token: own.inviteToken })) },
  'mutations.post.ts': { ask: post(() => '/api/mutations', world => ({ mutations: mutations.map(({ name, version, may }) => (
    { id: randomUUID(), name, version, input: inputOf(world)[name], ...may === 'self' ? {} : { company: world.id } })) })) },
  'reads/[name].get.ts': { ask: async (who, world) => {
    const asked = { company: world.id, workspaces: [world.workspace], folders: [world.folder], leads: [randomUUID()] }
    const answers: Answer[] = []
    for (const name of Object.keys(reads).filter(one => !reads[one]?.localOnly)) {
      for (const params of READ_PARAMS[name]?.(asked) ?? []) answers.push(await who.ask(`/api/reads/${name}?${new URLSearchParams({ params: JSON.stringify(params) })}`))
    }
    return { ...answers[0] as Answer, text: answers.map(({ text }) => text).join('\n') }
  } },
  'shapes/[name].get.ts': { mayTell: true, ask: async (who, world) => {
    const answers: Answer[] = []
    for (const shape of SHAPES) answers.push(await who.shape(shape, { company: world.id, offset: '-1' }))
    return { ...answers[0] as Answer, text: answers.map(({ text }) => text).join('\n') }
  } },
  'shapes/live.post.ts': { ask: post(() => '/api/shapes/live', world => ({ shapes: entries(world) })) },
  'shapes/stream.post.ts': { ask: (who, world) => who.post('/api/shapes/stream', entries(world), { signal: AbortSignal.timeout(500) }).catch(() => ({ status: 0, text: '', json: undefined, headers: new Headers() })) },
  'account/email.post.ts': { ask: post(() => '/api/account/email', () => ({ email: `${randomUUID()}@example.com`, password: PASSWORD })) },
  'auth/sign-up.post.ts': { ask: post(() => '/api/auth/sign-up', () => ({ email: `${randomUUID()}@example.com`, name: 'x', password: `${randomUUID()}` })) },
  'auth/reset-request.post.ts': { ask: post(() => '/api/auth/reset-request', world => ({ email: world.owner.email })) },
  'auth/reset.post.ts': { ask: post(() => '/api/auth/reset', () => ({ token: 'x'.repeat(43), password: `${randomUUID()}` })) },
  'auth/confirm-email.post.ts': { ask: post(() => '/api/auth/confirm-email', () => ({ token: 'x'.repeat(43) })) },
  'account/password.post.ts': { ask: post(() => '/api/account/password', () => ({ current: PASSWORD, password: PASSWORD.toUpperCase() })) },
  'account/sessions/end.post.ts': { ask: post(() => '/api/account/sessions/end', () => ({ id: randomUUID() })) },
  'companies/[company]/leave.post.ts': { ask: post(of('leave'), nothing) },
  // Whoever asks: a form is public, and tells of its company what its form says.
  'forms/[company].get.ts': { ask: get(world => `/api/forms/${world.id}`), mayTell: true, tellsAll: true },
  'leads/sync.post.ts': { ask: post(() => '/api/leads/sync', world => ({ company: world.id, leads: [{ id: randomUUID() }] })) },
  'auth/sign-in.post.ts': { ask: post(() => '/api/auth/sign-in', world => ({ email: world.owner.email, password: 'not the password of anybody' })) },
  'auth/sign-out.post.ts': { ask: post(() => '/api/auth/sign-out', nothing) },
}

test('the walk names every route of the API', () => {
  const files = readdirSync(API, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    .map(entry => `${entry.parentPath}/${entry.name}`.slice(API.length).replace(/^\/+/, ''))
  expect(Object.keys(ROUTES).toSorted()).toEqual(files.toSorted())
})

describe('a server that forgets who asks', () => {
  let browser: Browser
  let before: string

  /** All that the two companies hold. */
  const everything = async () => (await sql.query<{ all: string }>(`select md5(string_agg(t::text, '' order by t::text)) as all from (
    ${['user_groups', 'user_group_members', 'workspaces', 'folders', 'leads'].map(table => `select '${table}' as entity, to_jsonb(x) as row from ${table} x where company_id in ('${own.id}', '${other.id}')`).join(' union all ')}) t`)).rows[0]?.all ?? ''

  beforeAll(async () => {
    browser = await Browser.signedIn(forgetful, own.owner)
    before = await everything()
  })

  test.each(Object.keys(ROUTES))('%s gives nothing foreign, and nothing of one\'s own that it would look up', async (route) => {
    const { ask, mayTell, tellsAll } = ROUTES[route]!
    for (const world of [other, own]) {
      const { text } = await ask(browser, world)
      if (!tellsAll) expect(text).not.toContain(other.needle)
      if (!mayTell) expect(text).not.toContain(own.needle)
    }
  })

  test('it forgot indeed, and no content of a company was changed', async () => {
    expect(forgetful.output).toContain('forgot who asks')
    expect(await everything()).toBe(before)
  })
})

test('the same questions bring one\'s own rows where nothing is forgotten, and nothing foreign', async () => {
  const fresh = await plant('fresh')
  const browser = await Browser.signedIn(sound, fresh.owner)
  const telling: string[] = []
  for (const route of ['auth/session.get.ts', 'companies/[company]/audit.get.ts', 'companies/[company]/history.get.ts', 'companies/[company]/deletions.get.ts', 'companies/[company]/invites/index.get.ts', 'reads/[name].get.ts', 'shapes/[name].get.ts']) {
    const { text } = await ROUTES[route]!.ask(browser, fresh)
    if (text.includes(fresh.needle)) telling.push(route)
    expect((await ROUTES[route]!.ask(browser, other)).text, route).not.toContain(other.needle)
  }
  expect(telling).toEqual(['companies/[company]/audit.get.ts', 'companies/[company]/history.get.ts', 'companies/[company]/deletions.get.ts', 'companies/[company]/invites/index.get.ts', 'reads/[name].get.ts', 'shapes/[name].get.ts'])
})
