import { PGlite } from '@electric-sql/pglite'
import { fill, type Filling } from './rows'

/** A worker with PGlite and nothing else: what an own tab could do at best. */
export type PlainQuestion =
  | { kind: 'fill', filling: Filling }
  | { kind: 'query', sql: string, params: unknown[] }

const opened = PGlite.create('opfs-ahp://bare')

async function answer(data: PlainQuestion): Promise<unknown> {
  const pg = await opened
  switch (data.kind) {
    case 'fill': return fill(pg, data.filling)
    case 'query': return (await pg.query(data.sql, data.params)).rows
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
