import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { useNuxtApp } from '#imports'
import { userRead } from '#shared/reads/user'
import { initPGlite } from '~/utils/pglite-client'
import { PGliteError } from '~/utils/pglite-error'
import { TestLeader } from './support/leader'
import { sees, somebodyHere, type Here } from './support/here'
import { ME, rows } from './support/local-database'

let here: Here
beforeEach(async () => { here = await somebodyHere(rows.user()) })
afterEach(() => here.end())

describe('the conversation with the leader', () => {
  test('a question asked before any leader is up is answered by the first one', async () => {
    await sees(() => expect(here.client.status.value).toBe('ready'))
    await expect(here.client.query('SELECT id FROM users')).resolves.toEqual([{ id: ME }])
  })

  test('a question that a closed leader left hanging is answered by the next', async () => {
    await sees(() => expect(here.client.status.value).toBe('ready'))
    here.leader.mute = true
    const answer = here.client.query<{ name: string }>('SELECT name FROM users')
    await sees(() => expect(here.leader.asked.some(({ kind }) => kind === 'query')).toBe(true))
    here.leader.die()
    here.leader = new TestLeader(here.client.database, here.pg)
    await expect(answer).resolves.toEqual([{ name: 'Mara Member' }])
  })

  test('a live read goes on by itself under the next leader', async () => {
    await sees(() => expect(here.client.status.value).toBe('ready'))
    const seen: string[] = []
    const stop = here.client.subscribe(userRead, {}, { rows: list => seen.push(...list.map(({ name }) => name)), failed: () => {} })
    await sees(() => expect(seen).toEqual(['Mara Member']))
    here.leader.die()
    here.leader = new TestLeader(here.client.database, here.pg)
    await sees(() => expect(here.leader.live).toHaveLength(1))
    await here.leader.apply('UPDATE users SET name = \'Mara Renamed\'')
    await sees(() => expect(seen.at(-1)).toBe('Mara Renamed'))
    stop()
  })

  test('equal live reads of one tab cost one subscription, and the last one\'s end ends it', async () => {
    await sees(() => expect(here.client.status.value).toBe('ready'))
    const seen: number[] = []
    const listener = { rows: () => { seen.push(1) }, failed: () => {} }
    const first = here.client.subscribe(userRead, {}, listener)
    await sees(() => expect(seen).toHaveLength(1))
    const second = here.client.subscribe(userRead, {}, { rows: () => { seen.push(2) }, failed: () => {} })
    expect(seen).toEqual([1, 2])
    await here.client.query('SELECT 1')
    expect(here.leader.live).toHaveLength(1)
    first()
    second()
    await sees(() => expect(here.leader.live).toHaveLength(0))
  })

  test('a wrong query says so with its SQLSTATE, and the connection lives on', async () => {
    await expect(here.client.query('SELECT * FROM nothing_of_this_name')).rejects.toMatchObject({ code: 'query_failed', sqlstate: '42P01' })
    await expect(here.client.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }])
  })

  test('a database that ended rejects what is open and all that follows, with the reason', async () => {
    await sees(() => expect(here.client.status.value).toBe('ready'))
    here.leader.mute = true
    const open = expect(here.client.query('SELECT 1')).rejects.toMatchObject({ code: 'wrong_user' })
    here.leader.end('wrong_user')
    await open
    await expect(here.client.query('SELECT 1')).rejects.toMatchObject({ code: 'wrong_user' })
    expect(here.client.status.value).toBe('ended')
  })

  test('a purge is over when the database is gone, and nothing is readable after it', async () => {
    await here.client.purge()
    await sees(() => expect(here.client.error.value?.code).toBe('purged'))
    await expect(here.client.query('SELECT 1')).rejects.toMatchObject({ code: 'purged' })
  })

  test('a closed tab lets go of its lock, so that the leader forgets its live reads', async () => {
    await sees(() => expect(here.client.status.value).toBe('ready'))
    const open = expect(here.client.query('SELECT pg_sleep(0.05)')).rejects.toMatchObject({ code: 'closed' })
    here.client.dispose()
    await open
    await expect(here.client.query('SELECT 1')).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('a worker that could not be loaded', () => {
  test('is tried again, so that the tab can lead when the one that leads has gone', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => { vi.useRealTimers() })
    let running = 0
    let started = 0
    let fail: (isMissing: boolean) => void = () => {}
    const client = initPGlite({
      userId: ME, databaseName: `load-${crypto.randomUUID()}`,
      startWorker(_database, _meta, failed) {
        running++
        started++
        fail = isMissing => failed(new PGliteError('worker_failed'), isMissing)
        return () => void running--
      },
    })
    onTestFinished(() => client.dispose())
    fail(false)
    expect([running, started]).toEqual([1, 1])
    fail(true)
    expect(running).toBe(0)
    expect(client.error.value?.code).toBe('worker_failed')
    await vi.advanceTimersByTimeAsync(10_000)
    expect([running, started]).toEqual([1, 2])
    // A page that rests, or that is left, starts none.
    fail(true)
    client.rest()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([running, started]).toEqual([0, 2])
    client.wake()
    expect([running, started]).toEqual([1, 3])
    fail(true)
    client.dispose()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([running, started]).toEqual([0, 3])
  })
})

describe('a page that is put aside', () => {
  test('its worker ends, and starts again when it is back, hearing the leader that came meanwhile', async () => {
    const running: string[] = []
    const client = initPGlite({
      userId: ME, databaseName: `rest-${crypto.randomUUID()}`,
      startWorker(database) {
        running.push(database)
        return () => void running.pop()
      },
    })
    const leader = new TestLeader(client.database, here.pg)
    try {
      await sees(() => expect(client.status.value).toBe('ready'))
      client.wake()
      expect(running).toHaveLength(1)
      client.rest()
      expect(running).toHaveLength(0)
      leader.mute = true
      const answer = client.query('SELECT 1 AS one')
      await sees(() => expect(leader.asked.some(({ kind }) => kind === 'query')).toBe(true))
      leader.mute = false
      client.wake()
      expect(running).toHaveLength(1)
      await expect(answer).resolves.toEqual([{ one: 1 }])
    }
    finally {
      client.dispose()
      leader.die()
    }
    client.wake()
    expect(running).toHaveLength(0)
  })

  test('the page\'s own events put it aside and bring it back', async () => {
    const { $pglite } = useNuxtApp()
    let running = 0
    $pglite.stop()
    $pglite.start({ userId: ME, databaseName: `rest-${crypto.randomUUID()}`, after: Promise.resolve(), startWorker() {
      running++
      return () => void running--
    } })
    await sees(() => expect(running).toBe(1))
    for (const [target, away, back] of [[window, 'pagehide', 'pageshow'], [document, 'freeze', 'resume']] as const) {
      target.dispatchEvent(new Event(away))
      expect(running).toBe(0)
      target.dispatchEvent(new Event(back))
      expect(running).toBe(1)
    }
  })
})
