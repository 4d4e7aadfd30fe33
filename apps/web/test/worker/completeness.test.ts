import type { PGlite } from '@electric-sql/pglite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import { createShapeEngine } from '../../worker/apply/engine'
import { createTables } from '../../worker/database/tables'
import { isComplete } from '../../worker/reads/completeness'
import { LiveReads } from '../../worker/reads/live-reads'
import { Sync } from '../../worker/sync/sync'
import { answerBody } from '../../shared/protocol/answers'
import { PageServer } from './browser/page-server'
import { company, folder, folderShape, membership, until, USER } from './browser/visit'

const STAMPS = { created_at: '2026-01-01', updated_at: '2026-01-01', row_version: '1' }
const workspace = (n: number) => ({ id: company(n), company_id: company(n), name: `w${n}`, description: '', position: 'a0', deleted_at: null, deletion_id: null, ...STAMPS })

/** What a tab is told about its reads, by a leader's sync against a server over HTTP. */
describe('whether the local copy can answer a read', () => {
  let pg: PGlite
  let server: PageServer
  let origin: string
  let sync: Sync
  let reads: LiveReads

  beforeAll(async () => {
    pg = await newPGlite()
    await createTables(pg)
  })
  afterAll(() => pg.close())
  beforeEach(async () => {
    server = new PageServer('')
    origin = await server.listen()
    server.shape('memberships', [membership(1), membership(2, 'guest')])
    for (const n of [1, 2, 3]) {
      server.shape(folderShape(n), [folder(n, n)])
      server.shape(`workspaces/${company(n)}`, [workspace(n)])
    }
  })
  afterEach(async () => {
    reads.close()
    await sync.stop()
    await server.close()
    await pg.exec('TRUNCATE memberships, folders, workspaces, companies, sync_status, electric.shape_cursors')
  })

  async function start() {
    reads = new LiveReads(pg, (read, values) => isComplete(pg, sync, USER, read, values))
    sync = new Sync({
      pg, engine: await createShapeEngine(pg), userId: USER, origin, onWrongUser: () => undefined,
      onChanged: (tables, filling) => reads.changed(tables, filling), onHeld: () => void reads.heldChanged(),
    })
  }
  /** What a listener heard: how many rows, and whether that is all. */
  function listen(read: string, ...params: unknown[]) {
    const heard: { rows: number, complete: boolean | undefined }[] = []
    reads.subscribe(read, params, (outcome) => {
      if ('rows' in outcome) heard.push({ rows: outcome.rows.length, complete: outcome.complete })
    })
    return heard
  }
  const last = (heard: { rows: number, complete: boolean | undefined }[], complete: boolean) => until(() => Promise.resolve(heard.at(-1)?.complete), found => found === complete)
  /** Holds one shape back. */
  const without = (name: string) => {
    server.intercept = url => url.pathname.endsWith(`/${name}`) ? { status: 503, body: answerBody('sync_unavailable') } : undefined
  }

  test('complete comes with rows that are all there, and never with fewer', async () => {
    await start()
    const heard = listen('folders-top', company(1))
    await sync.start()
    await last(heard, true)
    expect(heard.filter(({ complete }) => complete)).toEqual([{ rows: 1, complete: true }])
  })

  test('a read waits for the shapes that it reads, not for the others', async () => {
    without('folders')
    await start()
    const [tree, list, mine] = [listen('folders-top', company(1)), listen('workspaces', company(1)), listen('user')]
    await sync.start()
    await last(list, true)
    await last(mine, true)
    await last(tree, false)
    server.intercept = () => undefined
    sync.retry()
    await last(tree, true)
  })

  test('what a role may not hold is complete without it', async () => {
    await start()
    const heard = listen('members', company(2))
    await sync.start()
    await last(heard, true)
    expect(heard.at(-1)?.rows).toBe(0)
  })

  test('a company that is not in the list here may be a new one: its reads are not complete until it came', async () => {
    await start()
    const [tree, mine, all] = [listen('workspaces', company(3)), listen('membership', company(3)), listen('companies')]
    await sync.start()
    await last(all, true)
    await last(tree, false)
    await last(mine, false)
    server.shape('memberships').commit({ operation: 'insert', value: membership(3) })
    await last(tree, true)
    await last(mine, true)
    expect([tree.at(-1), mine.at(-1)]).toEqual([{ rows: 1, complete: true }, { rows: 1, complete: true }])
  })

  test('a leader that has just begun says nothing before it knows, and then that all is here, without the network', async () => {
    await start()
    await sync.start()
    await last(listen('folders-top', company(1)), true)
    await last(listen('folder-counts', [company(1)]), true)
    await sync.stop()
    reads.close()
    server.intercept = () => ({ status: 503, body: answerBody('sync_unavailable') })
    await start()
    const [one, all] = [listen('folders-top', company(1)), listen('folder-counts', [company(1)])]
    await sync.start()
    await last(one, true)
    await last(all, true)
    expect([...one, ...all].map(({ complete }) => complete)).not.toContain(false)
  })
})
