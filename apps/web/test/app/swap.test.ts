import { useLiveRows, useNuxtApp, useOpenTree, useUserSync, useWorkspaceSync } from '#imports'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { answerBody, ANSWERS, type AnswerCode } from '#shared/protocol/answers'
import type { ReadAnswer } from '#shared/protocol/reads'
import { topFoldersRead, type FolderListRow } from '#shared/reads/folders'
import { workspacesRead } from '#shared/reads/workspaces'
import { createPGliteAccess } from '~/utils/pglite-access'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'

/** The server's end of the reads, held in the hand: what it gives for a path, and what it was asked. */
class Server {
  readonly asked: string[] = []
  readonly users: (string | undefined)[] = []
  answers: Record<string, object[]> = {}
  dates: string[] = []
  refuse: AnswerCode | undefined
  away = false
  /** Answers wait for this. */
  gate: Promise<void> = Promise.resolve()

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname } = new URL(url, 'http://localhost')
    if (!pathname.startsWith('/api/reads/')) return new Response('{}', { status: 404 })
    const name = pathname.slice('/api/reads/'.length)
    this.asked.push(name)
    this.users.push(new Headers(init.headers).get('x-database-user') ?? undefined)
    await this.gate
    if (this.away) throw new TypeError('no network')
    if (this.refuse) return new Response(JSON.stringify(answerBody(this.refuse)), { status: ANSWERS[this.refuse].status })
    return new Response(JSON.stringify({ rows: this.answers[name] ?? [], truncated: false, dates: this.dates } satisfies ReadAnswer))
  }
}

const folder = (n: number, name: string): FolderListRow => ({ id: id(n), parent_id: null, name, has_children: false })
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name)

let here: Here
let server: Server
const tops = () => here.use(() => useLiveRows(topFoldersRead, { workspace: id(50) })).result

beforeEach(async () => {
  server = new Server()
  vi.stubGlobal('fetch', server.fetch)
  localStorage.clear()
  here = await somebodyHere(rows.user(), rows.company(10, 'Acme'), rows.workspace(50, 10, 'Docs'), rows.folder(60, 10, 50, null, 'local a'), rows.folder(61, 10, 50, null, 'local b'))
  here.leader.complete = false
})
afterEach(() => {
  here.end()
  vi.unstubAllGlobals()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('while the local copy is not complete', () => {
  test('the server paints while the database is still opening, and the local copy takes over once it is complete', async () => {
    here.leader.opening = true
    server.answers['folders-top'] = [folder(60, 'local a'), folder(61, 'old name')]
    const result = tops()
    await sees(() => expect(result.source.value).toBe('server'))
    expect(server.users).toEqual([ME])
    const [first] = result.rows.value
    here.leader.opening = false
    await here.leader.apply('SELECT 1')
    here.leader.complete = true
    await here.leader.apply('SELECT 1')
    await sees(() => expect(result.source.value).toBe('local'))
    expect(names(result.rows.value)).toEqual(['local a', 'local b'])
    // Whoever holds a row that did not change (a selection, an open menu) holds it still.
    expect(result.rows.value[0]).toBe(first)
    const asked = server.asked.length
    useNuxtApp().$pglite.refresh()
    await here.leader.apply(rows.folder(62, 10, 50, null, 'local c'))
    await sees(() => expect(result.rows.value).toHaveLength(3))
    expect(server.asked).toHaveLength(asked)
  })

  test('half of the local rows never replace the whole of the server\'s', async () => {
    server.answers['folders-top'] = ['a', 'b', 'c'].map((name, n) => folder(60 + n, name))
    const result = tops()
    await sees(() => expect(names(result.rows.value)).toEqual(['a', 'b', 'c']))
    await here.leader.apply(rows.folder(64, 10, 50, null, 'local d'))
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(names(result.rows.value)).toEqual(['a', 'b', 'c'])
  })

  test('rows go from empty to the server\'s without an empty list between', async () => {
    let open = () => {}
    server.gate = new Promise((resolve) => { open = resolve })
    await here.pg.exec('TRUNCATE folders')
    server.answers['folders-top'] = [folder(60, 'a')]
    const result = tops()
    await sees(() => expect(here.leader.live).toHaveLength(1))
    await here.leader.apply('SELECT 1')
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(result.loaded.value).toBe(false)
    open()
    await sees(() => expect(names(result.rows.value)).toEqual(['a']))
  })

  test.each(['away', 'too slow'])('a server that is %s leaves the local rows as they come', async (how) => {
    if (how === 'away') server.away = true
    else server.gate = new Promise(() => {})
    const result = tops()
    await sees(() => expect(names(result.rows.value)).toEqual(['local a', 'local b']))
    expect(result.source.value).toBe('local')
  })

  test('a browser that wrongly believes to be offline asks the server all the same', async () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    await here.pg.exec('TRUNCATE folders')
    server.answers['folders-top'] = [folder(60, 'a')]
    const result = tops()
    await sees(() => expect(names(result.rows.value)).toEqual(['a']))
  })

  test('it is asked again every 10 s, and not once the copy is complete', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    server.answers['folders-top'] = [folder(60, 'a')]
    const result = tops()
    await vi.waitFor(() => expect(names(result.rows.value)).toEqual(['a']))
    server.answers['folders-top'] = [folder(60, 'a'), folder(61, 'new')]
    await vi.advanceTimersByTimeAsync(10_000)
    await vi.waitFor(() => expect(names(result.rows.value)).toEqual(['a', 'new']))
    here.leader.complete = true
    await here.leader.apply('SELECT 1')
    await vi.waitFor(() => expect(result.source.value).toBe('local'))
    const asked = server.asked.length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.asked).toHaveLength(asked)
  })

  test('equal reads of a page are one request', async () => {
    const [one, two] = [tops(), tops()]
    server.answers['folders-top'] = [folder(60, 'a')]
    await sees(() => expect([one.source.value, two.source.value]).toEqual(['server', 'server']))
    expect(server.asked).toEqual(['folders-top'])
  })

  test('moments come as dates, as they do locally', async () => {
    here.leader.opening = true
    server.answers.user = [{ id: ME, email: 'm@example.org', name: 'Mara', avatar_url: null, preferences: {}, last_login_at: '2026-11-21T04:00:51.123Z' }]
    server.dates = ['last_login_at']
    const { result } = here.use(useUserSync)
    await sees(() => expect(result.user.value?.last_login_at).toEqual(new Date('2026-11-21T04:00:51.123Z')))
  })

  test('a refusal takes the server\'s rows away and is not asked for again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    here.leader.opening = true
    server.answers['folders-top'] = [folder(60, 'a')]
    const result = tops()
    await vi.waitFor(() => expect(names(result.rows.value)).toEqual(['a']))
    server.refuse = 'membership_ended'
    await vi.advanceTimersByTimeAsync(10_000)
    await vi.waitFor(() => expect(result.rows.value).toEqual([]))
    const asked = server.asked.length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.asked).toHaveLength(asked)
  })

  test('other parameters are another question: the old rows do not stand under the new name', async () => {
    server.answers['folders-top'] = [folder(60, 'a')]
    server.answers['folders-children'] = []
    const { result } = here.use(() => useWorkspaceSync(id(10), { workspace: id(50) }))
    await sees(() => expect(names(result.folders.value)).toEqual(['a']))
  })

  test('a folder is opened before the database is', async () => {
    here.leader.opening = true
    server.answers['folders-top'] = [{ ...folder(60, 'a'), has_children: true }]
    server.answers['folders-children'] = [{ ...folder(61, 'child'), parent_id: id(60) }]
    const { result } = here.use(() => useOpenTree(id(50)))
    const lines = () => Array.from({ length: result.view.value.size }, (_, place) => result.view.value.at(place)?.name)
    await sees(() => expect(lines()).toEqual(['a']))
    result.expand([id(60)])
    await sees(() => expect(lines()).toEqual(['a', 'child']))
  })

  test('what this page changed is asked for again at once', async () => {
    here.leader.opening = true
    server.answers['folders-top'] = [folder(60, 'a')]
    const result = tops()
    await sees(() => expect(names(result.rows.value)).toEqual(['a']))
    server.answers['folders-top'] = [folder(60, 'renamed')]
    useNuxtApp().$pglite.refresh()
    await sees(() => expect(names(result.rows.value)).toEqual(['renamed']))
  })
})

describe('once it was complete', () => {
  /** A page that was here before, and whose leader said that all is there. */
  async function beforeReload(...shapes: string[]) {
    await here.pg.exec(shapes.join(';\n'))
    here.leader.complete = true
    const { result } = here.use(useUserSync)
    await sees(() => expect(result.status.value).toBe('live'))
    expect(localStorage.getItem('mvdb:complete')).not.toBeNull()
    server.asked.length = 0
    here.leader.opening = true
  }

  test('a reload asks nothing, however long the database takes to open', async () => {
    await beforeReload(rows.shape('user', 'live'), rows.shape('memberships', 'live'), rows.shape('folders', 'live', { company: 10 }), rows.shape('workspaces', 'live', { company: 10 }))
    const result = tops()
    const list = here.use(() => useLiveRows(workspacesRead, { company: id(10) })).result
    await new Promise(resolve => setTimeout(resolve, 100))
    here.leader.opening = false
    await here.leader.apply('SELECT 1')
    await sees(() => expect([result.source.value, list.source.value]).toEqual(['local', 'local']))
    expect(server.asked).toEqual([])
  })

  test('a copy that was made anew asks again, although it was noted as complete', async () => {
    await beforeReload(rows.shape('user', 'live'), rows.shape('memberships', 'live'))
    server.answers['folders-top'] = [folder(60, 'a')]
    const result = tops()
    expect(server.asked).toEqual([])
    here.leader.opening = false
    here.leader.complete = false
    await here.leader.apply('SELECT 1')
    await sees(() => expect(names(result.rows.value)).toEqual(['a']))
    expect(localStorage.getItem('mvdb:complete')).toBeNull()
  })

  test('the note ends with the data: after a sign-out nothing on the device names who was here', async () => {
    await beforeReload(rows.shape('user', 'live'), rows.shape('memberships', 'live'))
    useNuxtApp().$pglite.stop()
    expect(localStorage.getItem('mvdb:complete')).toBeNull()
  })

  test('the note of another person says nothing', async () => {
    await beforeReload(rows.shape('user', 'live'), rows.shape('memberships', 'live'))
    localStorage.setItem('mvdb:user', JSON.stringify({ id: id(2), name: 'B', email: 'b@example.org' }))
    const access = createPGliteAccess({ version: 'test' })
    const end = access.follow(topFoldersRead, { workspace: id(50) }, { rows: () => {}, failed: () => {} })
    await sees(() => expect(server.asked).toEqual(['folders-top']))
    expect(server.users.at(-1)).toBe(id(2))
    end()
  })
})
