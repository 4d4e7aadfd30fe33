import 'fake-indexeddb/auto'
import { ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { journalChannel, type JournalNews } from '#shared/journal/channel'
import { Journal } from '#shared/journal/store'
import { journalName } from '#shared/protocol/device'
import { folderRename } from '#shared/mutations/folder'
import { answerBody } from '#shared/protocol/answers'
import { createJournalAccess, NotNoted, type JournalAccess } from '~/utils/journal-access'
import { leaveJournal } from '~/utils/leave-journal'
import { createMutate } from '~/utils/mutate'
import { storeDatabaseName } from '~/utils/person'
import { id } from './support/local-database'
import { MutationsServer } from './support/mutations-server'

const mara = { id: id(1), name: 'Mara', email: 'mara@example.org' }
const NAME = journalName('test', mara.id)
const user = ref<string>()

let access: JournalAccess
let leader: BroadcastChannel
let heard: JournalNews[]
beforeEach(() => {
  storeDatabaseName('test')
  user.value = mara.id
  heard = []
  leader = journalChannel(NAME)
  leader.onmessage = ({ data }: MessageEvent<JournalNews>) => { if (data.kind !== 'hello') heard.push(data) }
  access = createJournalAccess(user)
})
afterEach(async () => {
  access.stop()
  leader.close()
  vi.restoreAllMocks()
  await leaveJournal('test', mara.id, true)
})

const mutate = () => createMutate(() => mara, access)
const rename = (name = 'New') => mutate()(folderRename, { id: id(60), name }, { company: id(10), about: 'Old' })
/** As the leader tells what the server decided. */
async function decide(entryId: string, event: 'applied' | 'refused') {
  const journal = await Journal.open(NAME)
  const entries = await journal.tell([{ id: entryId, event, decision: event === 'applied' ? { rows: [], txid: 5 } : { answer: answerBody('role_changed') } }], Date.now())
  leader.postMessage({ kind: 'noted', entries } satisfies JournalNews)
  journal.close()
}
const states = () => access.entries.value.map(({ state }) => state)

test('an edit is told before it is noted, so that it is shown at once, and is saved without a server', async () => {
  const server = new MutationsServer()
  server.stand()
  const saving = rename()
  await saving.saved
  await vi.waitFor(() => expect(heard.map(({ kind }) => kind)).toEqual(['adding', 'noted']))
  expect(states()).toEqual(['waiting'])
  expect(server.requests).toBe(0)
})

test('what the leader is told of an edit reaches whoever waits for it, and the list', async () => {
  const [done, refused] = [rename('a'), rename('b')]
  await Promise.all([done.saved, refused.saved])
  await decide(done.id, 'applied')
  expect(await done.settled).toEqual({ id: done.id, status: 'applied', txid: 5, rows: [] })
  await decide(refused.id, 'refused')
  await expect(refused.settled).rejects.toMatchObject({ code: 'role_changed' })
  await vi.waitFor(() => expect(states()).toEqual(['applied', 'refused']))
})

test('another tab has the same list, also of what was noted before it came', async () => {
  await rename('a').saved
  const other = createJournalAccess(user)
  await vi.waitFor(() => expect(other.entries.value).toHaveLength(1))
  await rename('b').saved
  await vi.waitFor(() => expect(other.entries.value.map(({ mutation }) => mutation.input.name)).toEqual(['a', 'b']))
  other.stop()
})

test('an input that no server would take is not noted', async () => {
  await expect(rename('  ').saved).rejects.toMatchObject({ fields: { name: 'Enter a name.' } })
  expect(heard).toEqual([])
})

test('on a device that is full the edit is given back, told as dropped, and nothing else is tried', async () => {
  const server = new MutationsServer()
  server.stand()
  await vi.waitFor(() => expect(access.stored.value).toBe(true))
  vi.spyOn(Journal.prototype, 'append').mockRejectedValue(new DOMException('full', 'QuotaExceededError'))
  await expect(rename().saved).rejects.toMatchObject({ code: 'storage_full', next: expect.stringContaining('Free some space') })
  await vi.waitFor(() => expect(heard.map(({ kind }) => kind)).toEqual(['adding', 'dropped']))
  expect(server.requests).toBe(0)
})

test('where the browser keeps nothing, an edit goes to the server at once, and fails where there is none', async () => {
  const server = new MutationsServer()
  server.stand()
  access.stop()
  vi.spyOn(Journal, 'open').mockRejectedValue(new DOMException('blocked', 'InvalidStateError'))
  access = createJournalAccess(user)
  await rename().saved
  expect(server.done).toHaveLength(1)
  expect(access.stored.value).toBe(false)
  server.fates.push({ status: 403, body: answerBody('role_changed') })
  await expect(rename().saved).rejects.toMatchObject({ code: 'role_changed' })
})

test('one that was decided against is sent again in its place, or taken out; what waits cannot be taken out', async () => {
  const [first, second] = [rename('a'), rename('b')]
  await Promise.all([first.saved, second.saved])
  await decide(first.id, 'refused')
  await vi.waitFor(() => expect(states()).toEqual(['refused', 'waiting']))
  const again = { ...access.entries.value[0]!, mutation: { ...access.entries.value[0]!.mutation, id: id(999) } }
  expect(await access.resend(first.id, again)).toBe(true)
  expect(await access.resend(first.id, again)).toBe(false)
  await vi.waitFor(() => expect(access.entries.value.map(({ mutation }) => mutation.id)).toEqual([id(999), second.id]))
  await access.discard([id(999), second.id])
  expect(states()).toEqual(['waiting', 'waiting'])
})

test('a tab that the browser stops holds up nobody who is to make the journal anew, and notes edits when it goes on', async () => {
  await rename('a').saved
  const closed = vi.spyOn(IDBDatabase.prototype, 'close')
  document.dispatchEvent(new Event('freeze'))
  await vi.waitFor(() => expect(closed).toHaveBeenCalled())
  await rename('b').saved
  expect(states()).toEqual(['waiting', 'waiting'])
})

test('who leaves leaves what is not sent, and nothing that is', async () => {
  const [sent, unsent] = [rename('a'), rename('b')]
  await Promise.all([sent.saved, unsent.saved])
  await decide(sent.id, 'applied')
  await leaveJournal('test', mara.id)
  const journal = await Journal.open(NAME)
  expect((await journal.all()).map(({ mutation }) => mutation.input.name)).toEqual(['b'])
  await journal.tell([{ id: unsent.id, event: 'applied' }], 1)
  journal.close()
  await leaveJournal('test', mara.id)
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(NAME)
})

test('another person’s edits are never in this person’s list', async () => {
  await rename().saved
  user.value = id(2)
  await vi.waitFor(() => expect(states()).toEqual([]))
  user.value = undefined
  await expect(access.add({ mutation: { id: id(3), name: 'x', version: 1, input: {} }, about: '', at: 0 })).rejects.toBeInstanceOf(NotNoted)
})
