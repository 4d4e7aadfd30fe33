import { reads } from '../../../shared/reads'
import { atMost, median, type Measured } from '../figure'
import { inNewProfile, onBarePage, openComplete } from '../app-page'
import type { World } from '../world'

const CALLS = 200

/** The same named reads from a tab, through the leader's channel and through stock PGliteWorker. */
export async function tabQuery(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const { filling } = await world.bare()
  const { rows: ids } = await world.stack.sql.query<{ id: string, workspace_id: string, parent_id: string }>(`
    select id, workspace_id, parent_id from folders where company_id = $1 and parent_id is not null order by md5(id::text) limit $2`, [planted.company, CALLS])
  const kinds = [
    { what: 'by primary key', name: 'folder', params: ids.map(({ id }) => ({ folder: id })) },
    { what: 'children of a folder', name: 'folders-children', params: ids.map(({ workspace_id, parent_id }) => ({ workspace: workspace_id, parent: parent_id })) },
  ]
  const medians = async (time: (kind: typeof kinds[number]) => Promise<number[]>) => {
    const all = kinds.map(() => [] as number[])
    for (let n = 0; n < world.times; n++) for (const [i, kind] of kinds.entries()) all[i]?.push(median(await time(kind)))
    return all.map(median)
  }
  const ours = await inNewProfile(world, planted, async (here) => {
    await openComplete(here, planted)
    return medians(({ name, params }) => here.page.evaluate(calls => instruments.timeReads(calls), params.map(one => ({ name, params: one }))))
  })
  const stock = await onBarePage(world, async (page) => {
    await page.evaluate(given => bare.openStock(given), filling)
    return medians(({ name, params }) => page.evaluate(([sql, calls]) => bare.timeStock(sql, calls), [reads[name]?.sql ?? '', params.map(one => Object.values(one))] as const))
  })
  return kinds.map(({ what }, i) => ({ name: `query from a tab, ${what}, against PGliteWorker`, value: ours[i] ?? Number.NaN, unit: 'ms', baseline: stock[i], goal: atMost(0.2, 'ratio') }))
}
