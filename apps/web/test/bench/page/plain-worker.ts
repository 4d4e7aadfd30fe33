import { PGlite } from '@electric-sql/pglite'
import { live } from '@electric-sql/pglite/live'
import { fill, type Filling } from './rows'

/** A worker with PGlite and nothing else: what an own tab could do at best. */
export type PlainQuestion =
  | { kind: 'fill', filling: Filling }
  | { kind: 'query', sql: string, params: unknown[] }
  | { kind: 'live', lists: string[], ids: string[] }

const open = () => PGlite.create('opfs-ahp://bare', { extensions: { live } })
const opened = open()

/** Here and not in the tab: live.query over PGliteWorker waits for itself for ever in 0.5.16. */
async function timeLive(pg: Awaited<ReturnType<typeof open>>, lists: string[], ids: string[]): Promise<number[]> {
  const called = lists.map(() => 0)
  // Parameters stand in the text.
  for (const [i, sql] of lists.entries()) await pg.live.query(sql, [], () => { called[i] = (called[i] ?? 0) + 1 })
  const times: number[] = []
  for (const id of ids) {
    const before = [...called]
    const began = performance.now()
    await pg.query('UPDATE folders SET row_version = row_version + 1, description = $2 WHERE id = $1', [id, String(began)])
    while (called.some((count, i) => count <= (before[i] ?? 0))) await new Promise(resolve => setTimeout(resolve))
    times.push(performance.now() - began)
  }
  return times
}

async function answer(data: PlainQuestion): Promise<unknown> {
  const pg = await opened
  switch (data.kind) {
    case 'fill': return fill(pg, data.filling)
    case 'query': return (await pg.query(data.sql, data.params)).rows
    case 'live': return timeLive(pg, data.lists, data.ids)
  }
}

self.onmessage = async ({ data }: MessageEvent<PlainQuestion>) => {
  try {
    self.postMessage({ result: await answer(data) })
  }
  catch (error) {
    self.postMessage({ failure: String(error) })
  }
}
