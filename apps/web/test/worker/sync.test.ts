import type { PGlite } from '@electric-sql/pglite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import { answerBody, type AnswerCode, ANSWERS } from '../../shared/protocol/answers'
import { createShapeEngine } from '../../worker/apply/engine'
import { createTables } from '../../worker/database/tables'
import { Sync } from '../../worker/sync/sync'
import { PageServer } from './browser/page-server'
import { company, folder, folderShape, membership, until, USER } from './browser/visit'

/** The sync of a leader against a server over HTTP, on a real PGlite. */
describe('what the user may hold is here, and nothing else', () => {
  let pg: PGlite
  let server: PageServer
  let origin: string
  let sync: Sync
  let wrongUser: boolean
  /** Keys of the shapes whose purge was begun. */
  let purged: string[]

  beforeAll(async () => {
    pg = await newPGlite()
    await createTables(pg)
  })
  afterAll(() => pg.close())

  beforeEach(async () => {
    server = new PageServer('')
    origin = await server.listen()
    wrongUser = false
    purged = []
    server.shape('memberships', [membership(1), membership(2)])
    for (const n of [1, 2]) {
      server.shape(folderShape(n), [folder(n, n)])
      server.shape(`groups/${company(n)}`, [{ id: folder(n).id ?? '', company_id: company(n), name: 'G', description: '', created_at: '2026-01-01', updated_at: '2026-01-01', row_version: '1' }])
    }
    await start()
  })
  afterEach(async () => {
    await sync.stop()
    await server.close()
    await pg.exec('TRUNCATE memberships, folders, user_groups, sync_status, electric.shape_cursors')
  })

  async function start() {
    const purges = {
      begins: (keys: readonly string[]) => Promise.resolve(void purged.push(...keys)),
      rowsGone: () => Promise.resolve(),
    }
    sync = new Sync({ pg, engine: await createShapeEngine(pg), userId: USER, origin, purges, onChanged: () => undefined, onWrongUser: () => wrongUser = true })
    await sync.start()
  }
  const query = async <Row extends object>(sql: string) => (await pg.query<Row>(sql)).rows
  /** Companies by number that have rows in a table. */
  const holders = async (table: string) => (await query<{ id: string }>(`SELECT DISTINCT company_id::text AS id FROM ${table} ORDER BY 1`)).map(({ id }) => Number(id.slice(-2))).join(' ')
  const states = async () => (await query<{ state: string }>('SELECT DISTINCT coalesce(error_code, state) AS state FROM sync_status ORDER BY 1')).map(({ state }) => state).join(' ')
  const allLive = () => until(async () => `${await holders('folders')}, ${await holders('user_groups')}, ${await states()}`, found => found === '1 2, 1 2, live')
  const refuse = (code: AnswerCode, where: string) => {
    server.intercept = url => `${url.pathname}${url.search}`.includes(where) ? { status: ANSWERS[code].status, body: answerBody(code) } : undefined
  }
  /** Breaks the held request off, so that what the server says next is heard. */
  const cutOff = (name: string) => server.shape(name).rotate(`${name}-cut`, [[folder(name.endsWith('1') ? 1 : 2, name.endsWith('1') ? 1 : 2)]])

  test('a membership that ends takes that company\'s rows and cursors with it, and no other\'s', async () => {
    await allLive()
    server.shape('memberships').commit({ operation: 'delete', value: { id: membership(1).id ?? '' } })
    await until(() => holders('folders'), found => found === '2')
    expect(await holders('user_groups')).toBe('2')
    expect(await query(`SELECT key FROM electric.shape_cursors WHERE key LIKE '%${company(1)}%'`)).toEqual([])
    await until(() => query(`SELECT 1 FROM sync_status WHERE company_id = '${company(1)}'`), rows => rows.length === 0)
  })

  test('a company whose end was told while nobody led is deleted at the next start', async () => {
    await allLive()
    await sync.stop()
    await pg.exec(`DELETE FROM memberships WHERE company_id = '${company(1)}'`)
    server.shape('memberships').commit({ operation: 'delete', value: { id: membership(1).id ?? '' } })
    await start()
    await until(async () => `${await holders('folders')} ${await holders('user_groups')}`, found => found === '2 2')
  })

  test('and so it is while the server is away', async () => {
    await allLive()
    await sync.stop()
    await pg.exec(`DELETE FROM memberships WHERE company_id = '${company(1)}'`)
    refuse('sync_unavailable', '/api/shapes')
    await start()
    await until(async () => `${await holders('folders')} ${await holders('user_groups')}`, found => found === '2 2')
  })

  test('a role that allows less takes those shapes only', async () => {
    await allLive()
    server.shape('memberships').commit({ operation: 'update', value: { id: membership(1).id ?? '', role: 'guest', row_version: '2' } })
    await until(() => holders('user_groups'), found => found === '2')
    expect(await holders('folders')).toBe('1 2')
  })

  test('membership_ended as an answer deletes the company before the membership is seen to go', async () => {
    await allLive()
    refuse('membership_ended', company(1))
    cutOff(folderShape(1))
    await until(async () => `${await holders('folders')} ${await holders('user_groups')}`, found => found === '2 2')
    await until(() => query(`SELECT DISTINCT state FROM sync_status WHERE company_id = '${company(1)}'`), rows => JSON.stringify(rows) === '[{"state":"revoked"}]')
  })

  test('any other 403 deletes nothing', async () => {
    await allLive()
    refuse('foreign_origin', company(1))
    cutOff(folderShape(1))
    await until(states, found => found.includes('foreign_origin'))
    expect(await holders('folders')).toBe('1 2')
    server.intercept = () => undefined
    sync.retry()
    await until(states, found => found === 'live')
  })

  test.each([
    ['a plain 403', 403, '<h1>Forbidden</h1>'],
    ['a 500', 500, '<h1>Internal Server Error</h1>'],
    ['the page of a captive portal with status 200', 200, '<h1>Welcome to our network</h1>'],
    ['a proxy that wants a password', 407, '<h1>Proxy Authentication Required</h1>'],
    ['a 403 with a code that nobody of ours says', 403, { code: 'membership_over' }],
    ['a 400 whose body says what a purge would', 400, answerBody('membership_ended', { company: company(1) })],
  ])('%s deletes nothing, and it goes on afterwards', async (_, status, body) => {
    await allLive()
    server.intercept = () => ({ status, body })
    const asked = server.requests.length
    for (const n of [1, 2]) cutOff(folderShape(n))
    // More than one of each kind was answered so.
    await until(() => Promise.resolve(server.requests.length - asked), requests => requests > 2)
    expect([await holders('folders'), await holders('user_groups')]).toEqual(['1 2', '1 2'])
    expect(purged).toEqual([])
    server.intercept = () => undefined
    sync.retry()
    await until(states, found => found === 'live')
    expect([await holders('folders'), await holders('user_groups')]).toEqual(['1 2', '1 2'])
  })

  test('signed out: the data stays, it says so, and it goes on after a sign-in', async () => {
    await allLive()
    refuse('sign_in', '/api/shapes')
    cutOff(folderShape(1))
    await until(states, found => found.includes('sign_in'))
    expect(await holders('folders')).toBe('1 2')
    server.intercept = () => undefined
    sync.retry()
    await until(states, found => found === 'live')
  })

  test('a server that is away is offline and no error, and what it missed comes when it is back', async () => {
    await allLive()
    refuse('sync_unavailable', '/api/shapes')
    cutOff(folderShape(1))
    await until(states, found => found === 'sync_unavailable')
    expect(await query('SELECT DISTINCT state FROM sync_status')).toEqual([{ state: 'offline' }])
    server.shape(folderShape(2)).commit({ operation: 'insert', value: folder(77, 2) })
    server.intercept = () => undefined
    sync.retry()
    await until(() => query('SELECT 1 FROM folders WHERE name = \'folder 77\''), rows => rows.length === 1)
    await until(states, found => found === 'live')
  })

  test('another person\'s session is heard, and nothing of theirs is stored', async () => {
    await allLive()
    refuse('wrong_user', '/api/shapes')
    cutOff(folderShape(1))
    await until(async () => wrongUser, heard => heard)
    expect(await holders('folders')).toBe('1 2')
  })
})
