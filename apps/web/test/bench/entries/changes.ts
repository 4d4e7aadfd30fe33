import type { Page } from 'playwright-core'
import type pg from 'pg'
import { predicateOf } from '../../../server/shapes/definition'
import { LOCAL_SHAPES } from '../../../shared/generated/catalogue.gen'
import { reads } from '../../../shared/reads'
import { within } from '../../support/wait'
import { atMost, median, type Measured } from '../figure'
import { inNewProfile, onBarePage, openComplete, type AppPage } from '../app-page'
import type { Planted, World } from '../world'

const UPDATES = 10
const LISTS = 20
const PATIENCE_MS = 60_000

/** Renames a folder in a transaction; the moment just before its COMMIT was sent, in milliseconds since 1970. */
async function rename(sql: pg.Pool, id: string, name: string): Promise<number> {
  const client = await sql.connect()
  try {
    await client.query('begin')
    await client.query('update folders set name = $2 where id = $1', [id, name])
    const at = performance.timeOrigin + performance.now()
    await client.query('commit')
    return at
  }
  finally {
    client.release()
  }
}

/** Milliseconds from commit to painted, for so many changes of the first folder that the page shows. */
export async function changesPainted(world: World, page: Page, selector: string, id: string): Promise<number[]> {
  const taken: number[] = []
  for (let n = 0; n < UPDATES; n++) {
    const name = `changed ${Math.random().toString(36).slice(2)}`
    const seen = page.evaluate(([css, text]) => instruments.seen(css, text), [selector, name] as const)
    seen.catch(() => undefined)
    // Apart, so that one change never travels with another: they come at random places of a frame.
    await new Promise(resolve => setTimeout(resolve, 100 + Math.random() * 50))
    const committed = await rename(world.stack.sql, id, name)
    taken.push(await within(seen, PATIENCE_MS, 'a change is painted') - committed)
  }
  return taken
}

/** The first folder in the order of the tree, which is on the screen. */
async function firstFolder(world: World, { workspace }: Planted): Promise<string> {
  const { rows: [row] } = await world.stack.sql.query<{ id: string }>('select id from folders where workspace_id = $1 and parent_id is null and deleted_at is null order by position collate "C" limit 1', [workspace])
  return row?.id ?? ''
}

/** Lists of other folders' children, live in the page. */
async function listsOf(world: World, { company }: Planted, count: number) {
  const { rows } = await world.stack.sql.query<{ workspace: string, parent: string }>(`
    select workspace_id as workspace, parent_id as parent from folders where company_id = $1 and parent_id is not null
    group by 1, 2 order by count(*) desc, 2 limit $2`, [company, count])
  return rows.map(params => ({ name: 'folders-children', params }))
}

const measureOurs = (world: World) => world.once('changes', async () => {
  const planted = await world.planted()
  const id = await firstFolder(world, planted)
  const rounds = { one: [] as number[], many: [] as number[], lists: [] as ListTimes[] }
  await inNewProfile(world, planted, async (here) => {
    await openComplete(here, planted)
    for (let n = 0; n < world.times; n++) rounds.one.push(median(await changesPainted(world, here.page, '[role="treeitem"]', id)))
    await here.page.evaluate(calls => instruments.openLists(calls), await listsOf(world, planted, LISTS))
    for (let n = 0; n < world.times; n++) rounds.many.push(median(await changesPainted(world, here.page, '[role="treeitem"]', id)))
    for (let n = 0; n < world.times; n++) rounds.lists.push(await listsPushed(world, here))
  })
  return rounds
})

/** One folder of each of the lists changes. */
const changeEach = (parents: string) => `update folders set name = md5(random()::text) where id in (select distinct on (parent_id) id from folders where parent_id = any(${parents}) and deleted_at is null)`

/** Milliseconds to the last list's new rows: from the commit on the server, and from the arrival in the browser. */
interface ListTimes { committed: number, arrived: number }
/** A piece of the stream that carries rows is larger than one that only says that the stream lives. */
const ROWS_BYTES = 400

/** A change in each of the open lists, some times over. */
async function listsPushed(world: World, { page, front }: AppPage): Promise<ListTimes> {
  const planted = await world.planted()
  const parents = (await listsOf(world, planted, LISTS)).map(({ params }) => params.parent)
  const [committed, arrived]: [number[], number[]] = [[], []]
  for (let n = 0; n < UPDATES; n++) {
    const before = await page.evaluate(() => instruments.pushes())
    const pushed = page.evaluate(counts => instruments.allPushed(counts), before)
    pushed.catch(() => undefined)
    const began = performance.now()
    await world.stack.sql.query(changeEach('$1'), [parents])
    const last = await within(pushed, PATIENCE_MS, 'each list has its change') - performance.timeOrigin
    committed.push(last - began)
    const piece = front.pieces.find(({ at, bytes }) => at > began && bytes >= ROWS_BYTES)
    arrived.push(last - (piece?.at ?? Number.NaN))
  }
  return { committed: median(committed), arrived: median(arrived) }
}

/** A commit on the server to its paint in a browser; the baseline is a page with a bare fetch loop on Electric's shape. */
export async function commitPainted(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const ours = await measureOurs(world)
  const { url, secret } = world.stack.electric
  const shape = new URL('/v1/shape', url)
  const folders = LOCAL_SHAPES.folders
  for (const [name, value] of Object.entries({
    table: folders.entity, columns: folders.columns.map(column => column.name).join(','), where: predicateOf(folders), 'params[1]': planted.company, secret,
  })) shape.searchParams.set(name, value)
  const id = await firstFolder(world, planted)
  const direct = await onBarePage(world, async (page) => {
    await page.evaluate(address => bare.follow(address), shape.href)
    const rounds: number[] = []
    for (let n = 0; n < world.times; n++) rounds.push(median(await changesPainted(world, page, 'li', id)))
    return median(rounds)
  })
  const [one, many] = [median(ours.one), median(ours.many)]
  return [
    { name: 'commit to painted, against a bare fetch loop on Electric', value: one, unit: 'ms', baseline: direct, goal: { ...atMost(Math.round((direct + 15) * 10) / 10) } },
    { name: `commit to painted with ${LISTS} live lists open, against with one`, value: many, unit: 'ms', baseline: one, goal: atMost(1.5, 'ratio') },
  ]
}

/**
 * A change in each of 20 open lists. The baseline is PGlite's own `live` through PGliteWorker after the same change by a
 * local update: there is no network in it, so ours counts from the moment at which the change reaches the browser.
 */
export async function liveQueries(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const { filling } = await world.bare()
  const lists = (await listsOf(world, planted, LISTS)).map(({ params }) => params)
  const ours = await measureOurs(world)
  const stock = await onBarePage(world, async (page) => {
    const sql = (reads['folders-children']?.sql ?? '').replaceAll('app_read.', 'public.')
    const texts = lists.map(({ workspace, parent }) => sql.replaceAll('$1', `'${workspace}'`).replaceAll('$2', `'${parent}'`))
    // `live` looks for the tables under a view by name alone: from the table it would come to our view of the same name,
    // from there to the table, and so on for ever (0.5.16).
    const withoutViews = { ...filling, schema: [...filling.schema, 'DROP SCHEMA app_read CASCADE'] }
    const update = changeEach(`array[${lists.map(({ parent }) => `'${parent}'`).join()}]::uuid[]`)
    const timed = page.evaluate(([given, all, text, times]) => bare.timeLive(given, all, text, times), [withoutViews, texts, update, world.times * UPDATES] as const)
    return median(await within(timed, PATIENCE_MS * 2, 'the stock lists have their changes'))
  })
  const arrived = median(ours.lists.map(one => one.arrived))
  return [
    { name: `${LISTS} live queries, arrival of a change to the last one's rows, against PGliteWorker's live after a local update`, value: arrived, unit: 'ms', baseline: stock, goal: atMost(0.15, 'ratio') },
    { name: `${LISTS} live queries, commit to the last one's rows, against from its arrival in the browser`, value: median(ours.lists.map(one => one.committed)), unit: 'ms', baseline: arrived },
  ]
}
