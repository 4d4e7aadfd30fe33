import { PGlite } from '@electric-sql/pglite'
import { fill, type Filling } from './rows'

/** A worker with PGlite and nothing else: what an own tab could do at best. */
export type PlainQuestion =
  | { kind: 'fill', filling: Filling }
  | { kind: 'query', sql: string, params: unknown[] }
  | { kind: 'live', lists: string[], ids: string[] }

const opened = PGlite.create('opfs-ahp://bare')

/**
 * Milliseconds from each update of a row until every list was asked again, which is what a live query comes to. PGlite's
 * own `live` cannot stand here: its `query` did not answer within a minute (0.5.16, measured).
 */
async function timeLive(pg: PGlite, lists: string[], ids: string[]): Promise<number[]> {
  const times: number[] = []
  for (const id of ids) {
    const began = performance.now()
    await pg.query('UPDATE folders SET row_version = row_version + 1, description = $2 WHERE id = $1', [id, String(began)])
    for (const sql of lists) await pg.query(sql)
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
