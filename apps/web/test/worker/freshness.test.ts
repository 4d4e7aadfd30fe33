import type { PGlite } from '@electric-sql/pglite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import { answerBody, ANSWERS } from '../../shared/protocol/answers'
import { createShapeEngine } from '../../worker/apply/engine'
import { createTables } from '../../worker/database/tables'
import { StatusTable } from '../../worker/sync/status'
import { Sync } from '../../worker/sync/sync'
import { companyShapes } from '../../worker/sync/wanted'
import { PageServer } from './browser/page-server'
import { company, folder, folderShape, membership, until, USER } from './browser/visit'

/** What is said of how old the rows here are. */
let pg: PGlite
beforeEach(async () => {
  pg = await newPGlite()
  await createTables(pg)
})
afterEach(() => pg.close())

interface Line { state: string, at: Date | null }
const lines = async (shape: string) => (await pg.query<Line>('SELECT state, last_synced_at AS at FROM sync_status WHERE shape = $1', [shape])).rows

test('after a start without the server each shape says when it was last up to date, and one that is begun anew does not', async () => {
  const server = new PageServer('')
  const origin = await server.listen()
  server.shape('memberships', [membership(1)])
  server.shape(folderShape(1), [folder(1)])
  const start = async () => {
    const sync = new Sync({ pg, engine: await createShapeEngine(pg), userId: USER, origin, onChanged: () => undefined, onWrongUser: () => undefined })
    await sync.start()
    return sync
  }
  const first = await start()
  await until(() => lines('folders'), ([found]) => found?.state === 'live')
  await until(() => lines('leads'), ([found]) => found?.state === 'live')
  await first.stop()
  const [{ at } = { at: null }] = await lines('folders')
  expect(at).toBeInstanceOf(Date)

  await pg.exec('DELETE FROM electric.shape_cursors WHERE key LIKE \'%leads\'')
  server.intercept = () => ({ status: ANSWERS.sync_unavailable.status, body: answerBody('sync_unavailable') })
  const second = await start()
  await until(() => lines('folders'), ([found]) => found?.state === 'offline')
  expect(await lines('folders')).toEqual([{ state: 'offline', at }])
  await until(() => lines('leads'), ([found]) => found?.state === 'offline')
  expect(await lines('leads')).toEqual([{ state: 'offline', at: null }])
  await second.stop()
  await server.close()
})

test('a copy to which nothing came for hours is as of the last word of the server, and one that waits for rows is not', async () => {
  const status = new StatusTable(pg, () => undefined)
  const [quiet, waiting] = companyShapes(company(1)).filter(({ definition }) => ['folders', 'workspaces'].includes(definition.name))
  const long = new Date(Date.now() - 5 * 3_600_000)
  status.set(quiet!, { state: 'live', complete: true, lastSyncedAt: long })
  status.set(waiting!, { state: 'syncing', lastSyncedAt: long })
  const began = Date.now()
  status.contact()
  status.reach(false)
  await status.flush()
  const [[live], [behind]] = [await lines(quiet!.definition.name), await lines(waiting!.definition.name)]
  expect(live?.at?.getTime()).toBeGreaterThanOrEqual(began)
  expect(behind?.at).toEqual(long)
  // What it was when it ceased to be live.
  status.set(quiet!, { state: 'error' })
  await status.flush()
  expect((await lines(quiet!.definition.name))[0]?.at).toEqual(live?.at)
  await status.close()
})
