import type { Page } from 'playwright-core'

/**
 * Runs in the page: the smallest tab there can be, by hand, with nothing of the app. It starts the worker as
 * PGliteWorker would and speaks the channel's protocol.
 */
export async function openTab(page: Page, database: string, userId: string, version = 'mine') {
  // tsx leaves calls of this helper in functions that are sent to the page.
  await page.evaluate('globalThis.__name = given => given')
  await page.evaluate(({ database, userId, version }) => {
    const worker = new Worker('/workers/pglite.bundle.js', { type: 'module' })
    const failures: string[] = []
    worker.addEventListener('error', event => failures.push(event.message))
    worker.addEventListener('message', ({ data }) => {
      if (data.type === 'here') worker.postMessage({ type: 'init', options: { id: database, meta: { userId, databaseName: 'test', page: { version, since: performance.timeOrigin } } } })
    })
    const tab = crypto.randomUUID()
    navigator.locks.request(`tab:${database}:${tab}`, () => new Promise(() => {}))
    const channel = new BroadcastChannel(`leader:${database}`)
    const open = new Map<number, { question: object, resolve: (rows: object[]) => void, reject: (error: Error) => void }>()
    const pushed = new Map<number, { rows: unknown, at: number }[]>()
    const subscriptions: { id: number, live: string, message: object }[] = []
    const lists = new Map<number, unknown[]>()
    const ended: string[] = []
    const held: number[] = []
    const send = (id: number) => channel.postMessage({ to: 'leader', kind: 'ask', tab, id, question: open.get(id)?.question })
    channel.onmessage = ({ data }) => {
      if (data.to !== 'tabs') return
      if (data.kind === 'lead') {
        for (const id of open.keys()) send(id)
        for (const { message } of subscriptions) channel.postMessage(message)
      }
      if (data.kind === 'ended' && (data.version ?? version) === version) {
        ended.push(data.reason)
        for (const { reject } of open.values()) reject(new Error(`ended: ${data.reason}: ${data.message}`))
        open.clear()
      }
      if (data.kind === 'held') held.push(performance.now())
      if (data.kind === 'rows' && (data.tab ?? tab) === tab) {
        for (const { id } of subscriptions.filter(({ live }) => live === data.live)) {
          const before = lists.get(id) ?? []
          const rows = data.push.rows ?? data.push.pieces?.flatMap((piece: { rows?: unknown[], from: number, count: number }) => piece.rows ?? before.slice(piece.from, piece.from + piece.count))
          lists.set(id, rows ?? [])
          pushed.get(id)?.push({ rows: data.push.failure ?? rows, at: performance.now() })
        }
      }
      if (data.tab !== tab || data.kind !== 'answer') return
      const asked = open.get(data.id)
      open.delete(data.id)
      if (data.failure) asked?.reject(new Error(data.failure.message))
      else asked?.resolve(data.rows)
    }
    let last = 0
    Object.assign(window, {
      failures, ended, held, pushed,
      stopWorker: () => worker.terminate(),
      ask: (question: object) => new Promise<object[]>((resolve, reject) => {
        const id = ++last
        open.set(id, { question, resolve, reject })
        send(id)
      }),
      subscribe: (read: string, params: unknown[]) => {
        const id = ++last
        pushed.set(id, [])
        const message = { to: 'leader', kind: 'subscribe', tab, read, params }
        subscriptions.push({ id, live: JSON.stringify([read, params]), message })
        channel.postMessage(message)
        return id
      },
    })
  }, { database, userId, version })
  type InPage = { ask: (question: object) => Promise<object[]>, subscribe: (read: string, params: unknown[]) => number, pushed: Map<number, { rows: unknown, at: number }[]>, ended: string[], failures: string[], stopWorker: () => void }
  const call = <T>(work: string, argument?: unknown) => page.evaluate(`(${work})(${JSON.stringify(argument)})`) as Promise<T>
  return {
    page,
    ask: (question: object) => call<Record<string, unknown>[]>('question => ask(question)', question),
    query: (sql: string, params: unknown[] = []) => call<Record<string, unknown>[]>('question => ask(question)', { kind: 'query', sql, params }),
    subscribe: (read: string, params: unknown[] = []) => call<number>('([read, params]) => subscribe(read, params)', [read, params]),
    pushed: (id: number) => call<InPage['pushed'] extends Map<number, infer V> ? V : never>('id => pushed.get(id)', id),
    ended: () => call<string[]>('() => ended'),
    /** When this tab was told that the files are held, as ms since its page began. */
    held: () => call<number[]>('() => held'),
    failures: () => call<string[]>('() => failures'),
  }
}
export type Tab = Awaited<ReturnType<typeof openTab>>
