// The demo data: two companies of real folder trees, people of every role, groups and leads. Run again, it changes nothing.
import { fileURLToPath } from 'node:url'
import { Hash } from '@adonisjs/hash'
import { Scrypt } from '@adonisjs/hash/drivers/scrypt'
import type pg from 'pg'
import { CLAIM } from '../apps/web/server/db/demo-guard'
import { FORM_SETTINGS, type FormSettings } from '../apps/web/shared/leads/form'
import { DEMO_COMPANIES, DEMO_PASSWORD, DEMO_PEOPLE, type DemoCompany } from '../apps/web/server/demo'
import { databaseUrl, seed } from './seed/database'
import { uuidOf } from './seed/identity'
import { insertRows } from './seed/rows'
import { plantTree, SeedError } from './seed/tree'

const GROUPS = ['Maintainers', 'Translators', 'Release team']
const LEADS = 160
/** As a fair and the weeks after it leave them: most are new, some were won. */
const STATUSES = ['new', 'won', 'new', 'open', 'lost', 'new', 'open', 'new', 'won', 'spam']
const DAY_MS = 86_400_000

const companyId = (slug: string) => uuidOf('company', slug)
const userId = (email: string) => uuidOf('user', email)

/** True when all is there; throws when the database is in use for something else. */
async function isSeeded(client: pg.ClientBase): Promise<boolean> {
  await client.query('LOCK TABLE companies IN SHARE ROW EXCLUSIVE MODE')
  const { rows } = await client.query<{ id: string }>('SELECT id FROM companies')
  const there = new Set(rows.map(row => row.id))
  if (DEMO_COMPANIES.every(({ slug }) => there.has(companyId(slug)))) return true
  if (there.size > 0) throw new SeedError('This database holds companies that are not the demo\'s: demo data goes into an empty one only.')
  return false
}

/** Where nobody was before, everything in the database is the demo's, and demo mode may start on it. */
async function markAsDemo(client: pg.ClientBase): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM users LIMIT 1')
  if (rowCount === 0) await client.query(`SET LOCAL client_min_messages = warning; ${CLAIM}`)
}

async function plantPeople(client: pg.ClientBase): Promise<void> {
  const hash = await new Hash(new Scrypt({})).make(DEMO_PASSWORD)
  await insertRows(client, 'users', DEMO_PEOPLE.map(({ email, name }) => ({ id: userId(email), email, name })))
  await insertRows(client, 'auth.credentials', DEMO_PEOPLE.map(({ email }) => ({ user_id: userId(email), password_hash: hash })))
}

/** Their public forms take leads: /f/<slug>. */
const OPEN_FORM = { [FORM_SETTINGS]: { open: true, consent: 'This is a demo: what you send is shown to everybody who signs in here.', privacy_url: '' } satisfies FormSettings }

async function plantCompany(client: pg.Client, { slug, name, tree }: (typeof DEMO_COMPANIES)[number]): Promise<void> {
  const id = companyId(slug)
  const people = DEMO_PEOPLE.flatMap(({ email, roles }) => roles[slug] ? [{ user: userId(email), role: roles[slug] }] : [])
  const owner = people.find(({ role }) => role === 'owner')
  if (!owner) throw new SeedError(`${name} has no owner.`)
  await insertRows(client, 'companies', [{ id, name, slug, owner_id: owner.user, settings: JSON.stringify(OPEN_FORM) }], { settings: 'jsonb' })
  // Name and e-mail are filled in by a trigger.
  await insertRows(client, 'company_members', people.map(({ user, role }) => ({ id: uuidOf(id, 'member', user), company_id: id, user_id: user, role, name: '', email: '' })))
  await plantGroups(client, id, people.filter(({ role }) => role !== 'guest').map(({ user }) => user))
  await plantLeads(client, slug, people.filter(({ role }) => role !== 'guest').map(({ user }) => user))
  await plantTree(client, id, fileURLToPath(new URL(`../data/debian-trees/${tree}`, import.meta.url)))
}

async function plantGroups(client: pg.ClientBase, company: string, people: string[]): Promise<void> {
  const groups = GROUPS.map(name => ({ id: uuidOf(company, 'group', name), company_id: company, name }))
  await insertRows(client, 'user_groups', groups)
  await insertRows(client, 'user_group_members', groups.flatMap((group, n) => people
    .filter((_, i) => (i + n) % 2 === 0)
    .map(user => ({ id: uuidOf(group.id, user), company_id: company, group_id: group.id, user_id: user }))))
}

/** The older ones are fewer, and those that somebody took care of belong to somebody. Of every tenth person there are two leads more, one of them merged. */
async function plantLeads(client: pg.ClientBase, slug: DemoCompany, staff: string[]): Promise<void> {
  const company = companyId(slug)
  const now = Date.now()
  await insertRows(client, 'leads', Array.from({ length: LEADS }, (_, n) => {
    // Whose person wrote first: itself for most.
    const first = n % 10 < 3 ? n - n % 10 : n
    const status = STATUSES[(n * 7 + (n >> 3)) % STATUSES.length] ?? 'new'
    return {
      id: uuidOf(company, 'lead', String(n)), company_id: company, name: `Visitor ${n + 1}`, email: `visitor-${first + 1}@${slug}.example`,
      message: `I would like to know more about what you make (${n + 1}).`, score: (n * 37) % 101, variant: n % 2 === 0 ? 'a' : 'b',
      status, assignee_id: status === 'new' ? null : staff[n % staff.length] ?? null, merged_into: n - first === 2 ? uuidOf(company, 'lead', String(first)) : null,
      created_at: new Date(now - (n / LEADS) ** 1.6 * 85 * DAY_MS - (n % 5) * 3_600_000).toISOString(),
    }
  }), { score: 'integer', merged_into: 'uuid', created_at: 'timestamptz' })
}

await seed(() => ({
  url: databaseUrl(),
  async plant(client) {
    if (await isSeeded(client)) return 'The demo data is there already.'
    await markAsDemo(client)
    await plantPeople(client)
    for (const company of DEMO_COMPANIES) await plantCompany(client, company)
    return `Made ${DEMO_COMPANIES.length} companies and ${DEMO_PEOPLE.length} people.`
  },
}))
