import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LeadJournal, leadsName } from '../../form/leads/journal'
import { answerBody } from '../../shared/protocol/answers'
import { standOpfs } from '../support/opfs'

/** The rules of the journal of leads, on an IndexedDB in Node; that a kill loses nothing is for a browser (`e2e/leads`). */
let tenant: string
let journal: LeadJournal
beforeEach(async () => {
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('FileSystemFileHandle', class { createWritable() {} })
  standOpfs()
  tenant = crypto.randomUUID()
  journal = await LeadJournal.open(tenant)
})
afterEach(() => {
  journal.close()
  vi.unstubAllGlobals()
})

const TYPED = { name: 'Grace', email: 'grace@example.com', phone: '', message: 'Please call me.' }
const begin = () => journal.begin(crypto.randomUUID(), 'a-secret-of-this-device', 1_000)
const refusalOf = (id: string, version: number) => new Map([[id, { version, answer: answerBody('lead_taken') }]])
const states = async () => (await journal.all()).map(({ state, version, message }) => `${state} ${version} ${message}`)

test('what is typed is there when it is opened again, and goes on as the same lead when it is sent off', async () => {
  const draft = await begin()
  await journal.type(draft, { ...TYPED, message: 'Please' })
  journal.close()
  journal = await LeadJournal.open(tenant)
  const [found] = await journal.all()
  expect(found).toMatchObject({ id: draft.id, state: 'draft', name: 'Grace', message: 'Please', begun_at: 1_000 })
  await journal.sendOff(found ?? draft, { ...TYPED, website: '' }, 9_000)
  expect(await journal.all()).toMatchObject([{ id: draft.id, seq: draft.seq, state: 'pending', version: 1, made_at: 9_000, token: draft.token, ...TYPED }])
})

test('a key that was pressed before the lead was sent off, and is noted after it, changes nothing of the lead', async () => {
  const draft = await begin()
  await journal.sendOff(draft, { ...TYPED, website: '' }, 9_000)
  await journal.type(draft, { ...TYPED, message: '' })
  expect(await states()).toEqual(['pending 1 Please call me.'])
})

test('a refused lead keeps its content and its reason, and is sent once more as it is when somebody asks for that', async () => {
  const draft = await begin()
  const { id, version } = await journal.sendOff(draft, { ...TYPED, website: '' }, 9_000)
  await journal.refuse(refusalOf(id, version))
  expect(await journal.all()).toMatchObject([{ state: 'failed', answer: { code: 'lead_taken' }, ...TYPED }])
  await journal.retry()
  expect(await journal.all()).toMatchObject([{ state: 'pending', version: 1, ...TYPED }])
  expect((await journal.all())[0]).not.toHaveProperty('answer')
})

test('an answer about an earlier version decides nothing of a later one', async () => {
  const first = await journal.sendOff(await begin(), { ...TYPED, website: '' }, 9_000)
  await journal.sendOff(first, { ...TYPED, message: 'Please write instead.', website: '' }, 12_000)
  await journal.refuse(refusalOf(first.id, 1))
  await journal.erase(new Map([[first.id, 1]]))
  expect(await states()).toEqual(['pending 2 Please write instead.'])
  await journal.erase(new Map([[first.id, 2]]))
  expect(await states()).toEqual([])
})

test('another tenant’s leads are in another store, and erasing one’s own touches none of them', async () => {
  const other = await LeadJournal.open(crypto.randomUUID())
  await other.begin(crypto.randomUUID(), 'another-secret-of-it', 1)
  const { id } = await begin()
  expect(await other.all()).toHaveLength(1)
  await journal.erase(new Map([[id, 0]]))
  expect(await journal.all()).toEqual([])
  expect(await other.all()).toHaveLength(1)
  other.close()
})

test('an entry of a later version of the form is left as it is', async () => {
  const raw = await openDB(leadsName(tenant))
  raw.addEventListener('versionchange', () => raw.close())
  const later = { format: 2, id: crypto.randomUUID(), state: 'of another kind' }
  await raw.add('entries', later)
  const { id } = await begin()
  await journal.retry()
  await journal.erase(new Map([[id, 0]]))
  expect(await journal.all()).toEqual([])
  const again = await openDB(leadsName(tenant))
  expect(await again.getAll('entries')).toMatchObject([later])
  again.close()
})
