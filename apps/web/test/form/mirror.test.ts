import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LeadJournal, leadsName } from '../../form/leads/journal'
import { LEADS_CHANGED, leadsChannel } from '../../form/leads/queue'
import { getPGlite, syncPendingLeads } from '../../form/offline-leads'
import type { SentLead } from '../../shared/leads/lead'
import { answerBody } from '../../shared/protocol/answers'
import { Locks } from '../support/locks'
import { standOpfs } from '../support/opfs'

/** `getPGlite` in a browser: a table in memory beside the journal, on an IndexedDB in Node. */
let tenant: string
let journal: LeadJournal
const ends: (() => unknown)[] = []
beforeEach(async () => {
  vi.stubGlobal('navigator', { locks: new Locks() })
  vi.stubGlobal('location', { origin: 'https://form.example' })
  vi.stubGlobal('FileSystemFileHandle', class { createWritable() {} })
  standOpfs()
  tenant = crypto.randomUUID()
  journal = await LeadJournal.open(tenant)
})
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  journal.close()
  vi.unstubAllGlobals()
})

async function database(of = tenant) {
  const pg = await getPGlite(of)
  ends.push(() => pg.close())
  return pg
}
async function enter(name: string, into = journal) {
  const draft = await into.begin(crypto.randomUUID(), 'a-secret-of-this-device-000', 1_000)
  return into.sendOff(draft, { name, email: 'grace@example.com', phone: '', message: 'Please call me.', website: '' }, 9_000)
}
const rows = async (pg: Awaited<ReturnType<typeof database>>) => (await pg.query('select id, tenant_id, name, phone, synced, state, version from offline_leads order by seq')).rows
const insert = (pg: Awaited<ReturnType<typeof database>>, name: string) => pg.query('insert into offline_leads (name, email, message) values ($1, \'a@example.com\', \'Please call me.\')', [name])

let sent: SentLead[] = []
const server = (status = 'stored'): typeof fetch => {
  sent = []
  return (_, init) => {
    const { leads } = JSON.parse(String(init?.body)) as { leads: SentLead[] }
    sent.push(...leads)
    return Promise.resolve(Response.json({ results: leads.map(({ id }) => status === 'refused' ? { id, status, ...answerBody('lead_taken') } : { id, status }) }))
  }
}

test('it shows what the tenant’s journal holds, drafts and other tenants’ excepted, and follows what a tab does', async () => {
  const lead = await enter('Grace')
  await journal.begin(crypto.randomUUID(), 'a-secret-of-this-device-000', 1_000)
  const other = await LeadJournal.open(crypto.randomUUID())
  ends.push(() => other.close())
  await enter('Somebody', other)
  const pg = await database()
  expect(await rows(pg)).toEqual([{ id: lead.id, tenant_id: tenant, name: 'Grace', phone: null, synced: false, state: 'pending', version: 1 }])
  expect(await getPGlite(tenant)).toBe(pg)

  const tab = new BroadcastChannel(leadsChannel(tenant))
  ends.push(() => tab.close())
  await journal.erase(new Map([[lead.id, 1]]))
  await enter('Heidi')
  tab.postMessage(LEADS_CHANGED)
  await expect.poll(() => rows(pg), { timeout: 20_000 }).toMatchObject([{ name: 'Heidi' }])
})

test('a row that a program inserts is in the journal before it is sent, and gone from both once the server has it', async () => {
  const pg = await database()
  await insert(pg, 'Ivan')
  const away = await syncPendingLeads(pg, tenant, { fetch: () => Promise.reject(new TypeError('no network')) })
  expect(away.again).toBeDefined()
  expect(await journal.all()).toMatchObject([{ name: 'Ivan', state: 'pending', version: 1 }])
  expect(await syncPendingLeads(pg, tenant, { fetch: server() })).toEqual({ stored: 1, duplicate: 0, quarantined: 0, refused: 0 })
  expect(sent).toMatchObject([{ name: 'Ivan', version: 1, phone: null, filled_ms: 60_000 }])
  expect([await journal.all(), await rows(pg)]).toEqual([[], []])
  expect(await syncPendingLeads(pg, tenant, { fetch: server() })).toMatchObject({ stored: 0 })
  expect(sent).toEqual([])
})

test('what another tab does meanwhile takes no row that is not in the journal yet', async () => {
  const pg = await database()
  await insert(pg, 'Judy')
  const tab = new BroadcastChannel(leadsChannel(tenant))
  ends.push(() => tab.close())
  await enter('Grace')
  tab.postMessage(LEADS_CHANGED)
  await expect.poll(async () => (await rows(pg)).length, { timeout: 20_000 }).toBe(2)
  await syncPendingLeads(pg, tenant, { fetch: server() })
  expect(sent.map(({ name }) => name).toSorted()).toEqual(['Grace', 'Judy'])
})

test('a refused lead stays in both with its reason; corrected by SQL it is a later version of the same lead', async () => {
  const { id } = await enter('Mallory')
  const pg = await database()
  expect(await syncPendingLeads(pg, tenant, { fetch: server('refused') })).toMatchObject({ refused: 1 })
  expect((await pg.query('select state, answer ->> \'code\' as code from offline_leads')).rows).toEqual([{ state: 'failed', code: 'lead_taken' }])
  await pg.query('update offline_leads set message = \'Please write to me instead.\' where id = $1', [id])
  await syncPendingLeads(pg, tenant, { fetch: server() })
  expect(sent).toMatchObject([{ id, version: 2, message: 'Please write to me instead.', token: 'a-secret-of-this-device-000' }])
})

test('another tenant’s row does not get in, and another tenant’s database is not sent for this one', async () => {
  const [pg, other] = [await database(), await database(crypto.randomUUID())]
  await expect(pg.query('insert into offline_leads (tenant_id, name, email, message) values (\'other\', \'x\', \'x\', \'x\')')).rejects.toThrow('of_this_tenant')
  await expect(syncPendingLeads(other, tenant)).rejects.toThrow('not the database')
  await enter('Grace')
  expect(await syncPendingLeads(other, (await other.query<{ name: string }>('select pg_get_expr(adbin, adrelid) as name from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum where attname = \'tenant_id\'')).rows[0]?.name.split('\'')[1] ?? '', { fetch: server() })).toMatchObject({ stored: 0 })
  expect((await indexedDB.databases()).map(({ name }) => name)).toContain(leadsName(tenant))
  expect(await journal.all()).toHaveLength(1)
})
