import type { SessionDatabase } from './tables'

export interface Question { n: number, method: 'query' | 'exec', sql: string, params?: unknown[] | undefined }
export type Answer = { n: number, rows: unknown[] } | { n: number, error: string }

/**
 * An empty database in the memory of a worker of this tab, loaded now. In a worker, because making one takes a second of work in
 * which nobody could type. Where it cannot be loaded, the first question rejects.
 */
export function openDatabase(): Promise<SessionDatabase> {
  const worker = new Worker(new URL('./database.worker.ts', import.meta.url), { type: 'module' })
  const waiting = new Map<number, { resolve: (rows: unknown[]) => void, reject: (error: Error) => void }>()
  let last = 0
  const ask = (method: Question['method'], sql: string, params?: unknown[]) => new Promise<unknown[]>((resolve, reject) => {
    waiting.set(++last, { resolve, reject })
    worker.postMessage({ n: last, method, sql, params } satisfies Question)
  })
  function end(reason: string): void {
    worker.terminate()
    for (const { reject } of waiting.values()) reject(new Error(reason))
    waiting.clear()
  }

  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    const asked = waiting.get(data.n)
    waiting.delete(data.n)
    if ('error' in data) asked?.reject(new Error(data.error))
    else asked?.resolve(data.rows)
  })
  worker.addEventListener('error', event => end(event.message || 'the worker of the session could not be loaded'))
  return Promise.resolve({
    query: async <Row>(sql: string, params?: unknown[]) => ({ rows: await ask('query', sql, params) as Row[] }),
    exec: sql => ask('exec', sql),
    close: () => Promise.resolve(end('the session is closed')),
  })
}
