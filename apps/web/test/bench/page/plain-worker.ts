import { PGlite } from '@electric-sql/pglite'
import { fill, type Filling } from './rows'

/** A worker with PGlite and nothing else: what an own tab could do at best. */
export type PlainQuestion = { kind: 'fill', filling: Filling } | { kind: 'query', sql: string, params: unknown[] }

const opened = PGlite.create('opfs-ahp://bare')

self.onmessage = async ({ data }: MessageEvent<PlainQuestion>) => {
  try {
    const pg = await opened
    self.postMessage({ result: data.kind === 'fill' ? await fill(pg, data.filling) : (await pg.query(data.sql, data.params)).rows })
  }
  catch (error) {
    self.postMessage({ failure: String(error) })
  }
}
