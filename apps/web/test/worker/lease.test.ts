import { expect, onTestFinished, test } from 'vitest'
import { LEASE_ENDED, LEASE_HEADER, type LeaseRecord } from '../../shared/lease/lease'
import { Lease } from '../../worker/lease/lease'

const DAY = 86_400_000
const START = Date.UTC(2026, 10, 1)

/** A device: a clock that goes where a test wants it, and a note that outlives the leader. */
async function device(noted?: LeaseRecord) {
  const here = { now: START, noted, changes: [] as (string | undefined)[] }
  const open = async () => {
    const lease = await Lease.open({
      load: async () => here.noted && { ...here.noted },
      save: async (record) => { here.noted = { ...record } },
      now: () => here.now,
    })
    lease.follow(end => here.changes.push(end))
    onTestFinished(() => lease.stop())
    return lease
  }
  return { here, open, lease: await open() }
}

test('a device that has not heard its server for its days shows nothing, until it hears it', async () => {
  const { here, lease } = await device()
  here.now += 30 * DAY
  expect(lease.look()).toBeUndefined()
  here.now += 1
  expect(lease.look()).toBe('expired')
  lease.heard(30)
  expect(lease.look()).toBeUndefined()
  expect(here.changes).toEqual(['expired', undefined])
})

test('the days go on while no leader runs, and over any number of leaders', async () => {
  const { here, open, lease } = await device()
  lease.stop()
  for (let day = 0; day < 30; day += 3) {
    here.now += 3 * DAY
    const next = await open()
    expect(next.look()).toBeUndefined()
    next.stop()
  }
  here.now += 1
  expect((await open()).look()).toBe('expired')
})

test('a clock that is set back by more than a day buys no time, also where the leader starts after it', async () => {
  const { here, open, lease } = await device()
  here.now += 29 * DAY
  expect(lease.look()).toBeUndefined()
  here.now -= DAY + 1
  expect(lease.look()).toBe('clock')
  lease.stop()
  const next = await open()
  expect(next.look()).toBe('clock')
  next.heard(30)
  expect(next.look()).toBeUndefined()
  // The server was heard by the clock as it is now.
  here.now += 30 * DAY + 1
  expect(next.look()).toBe('expired')
})

test('a clock that was corrected by hours ends nothing', async () => {
  const { here, lease } = await device()
  here.now += 5 * DAY
  expect(lease.look()).toBeUndefined()
  here.now -= 20 * 3_600_000
  expect(lease.look()).toBeUndefined()
})

test('after its end a clock that is moved does not open it: only the server does', async () => {
  const { here, lease } = await device()
  here.now += 31 * DAY
  expect(lease.look()).toBe('expired')
  here.now -= 2 * DAY
  expect(lease.look()).toBe('expired')
})

test('a lease that ends while a leader runs ends at its moment, though nobody asks for anything', async () => {
  const began = Date.now()
  const lease = await Lease.open({ load: async () => undefined, save: async () => {} })
  onTestFinished(() => lease.stop())
  const ended = new Promise<string | undefined>(resolve => lease.follow(resolve))
  // The server's word, which shortens what was lent before.
  lease.heard(200 / DAY)
  expect(await ended).toBe('expired')
  expect(Date.now() - began).toBeGreaterThan(200)
})

test('the days are the server\'s, from its last answer', async () => {
  const { here, open, lease } = await device()
  lease.heard(2)
  lease.stop()
  here.now += 2 * DAY + 1
  expect((await open()).look()).toBe('expired')
})

test('only an answer for this person counts, and a stream counts for as long as it speaks', async () => {
  const { here, lease } = await device()
  const answers = new Map<string, () => Response>([
    ['portal', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['refused', () => new Response('{"code":"sign_in"}', { status: 401 })],
    ['ours', () => new Response('[]', { headers: { [LEASE_HEADER]: '30' } })],
  ])
  const listening = lease.listening(input => Promise.resolve(answers.get(String(input))!()))
  here.now += 31 * DAY
  expect(lease.look()).toBe('expired')
  for (const name of ['portal', 'refused']) await listening(name)
  expect(lease.look()).toBe('expired')
  expect(await (await listening('ours')).text()).toBe('[]')
  expect(lease.look()).toBeUndefined()

  let say = (_: string) => {}
  const spoken = new ReadableStream<Uint8Array>({ start: (controller) => { say = text => controller.enqueue(new TextEncoder().encode(text)) } })
  const stream = lease.listening(() => Promise.resolve(new Response(spoken, { headers: { [LEASE_HEADER]: '30', 'content-type': 'application/x-ndjson' } })))
  const reader = (await stream('stream')).body!.getReader()
  for (let day = 0; day < 60; day += 20) {
    here.now += 20 * DAY
    say('{}\n')
    await reader.read()
    expect(lease.look()).toBeUndefined()
  }
})

test('a database that is guarded answers nothing once the lease has ended, and says why', async () => {
  const { here, lease } = await device()
  const database = lease.guard({ name: 'kept', query: (sql: string) => Promise.resolve([sql]) })
  expect(await database.query('SELECT 1')).toEqual(['SELECT 1'])
  here.now += 31 * DAY
  await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: LEASE_ENDED, message: 'expired' })
  expect(database.name).toBe('kept')
  lease.heard(30)
  expect(await database.query('SELECT 2')).toEqual(['SELECT 2'])
})

test('what is deleted after the end of a leader stays deleted', async () => {
  const { here, lease } = await device()
  lease.stop()
  here.noted = undefined
  lease.heard(30)
  expect(here.noted).toBeUndefined()
})

test('a leader whose note is still being written has not stopped: its database could not be deleted yet', async () => {
  let written = () => {}
  const lease = await Lease.open({ load: async () => undefined, save: () => new Promise((resolve) => { written = resolve }) })
  const said: string[] = []
  const stopped = lease.stop().then(() => said.push('stopped'))
  await new Promise(resolve => setImmediate(resolve))
  said.push('written')
  written()
  await stopped
  expect(said).toEqual(['written', 'stopped'])
})
