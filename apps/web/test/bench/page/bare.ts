import { live } from '@electric-sql/pglite/live'
import { PGliteWorker } from '@electric-sql/pglite/worker'
import * as instruments from './instruments'
import type { Filling } from './rows'
import type { PlainQuestion } from './plain-worker'

// A page with nothing of the app: what the figures are compared with.

let plainWorker: Worker | undefined
const plain = <Result>(question: PlainQuestion) => new Promise<Result>((resolve, reject) => {
  plainWorker ??= new Worker('/plain-worker.js', { type: 'module' })
  plainWorker.onmessage = ({ data }) => data.failure === undefined ? resolve(data.result) : reject(new Error(data.failure))
  plainWorker.postMessage(question)
})

const stockWorker = () => new Worker('/stock-worker.js', { type: 'module' })
const openStock = (filling: Filling) => PGliteWorker.create(stockWorker(), { id: 'stock', meta: filling })
let stock: Awaited<ReturnType<typeof openStock>>

function paint(names: string[]): Promise<number> {
  const list = document.createElement('ul')
  list.append(...names.map((name) => {
    const line = document.createElement('li')
    line.textContent = name
    return line
  }))
  document.body.replaceChildren(list)
  return instruments.painted()
}

const parts = {
  /** Milliseconds of COPY into a new database. */
  copy: (filling: Filling) => plain<number>({ kind: 'fill', filling }),

  /** Asks the database that is there, opening it where it is not open, and paints the first lines of the answer; the moment at which the names were on the screen. */
  async openAndPaint(sql: string, params: unknown[], lines?: number): Promise<number> {
    const rows = await plain<{ name: string }[]>({ kind: 'query', sql, params })
    return paint(rows.slice(0, lines).map(({ name }) => name))
  },

  async openStock(filling: Filling): Promise<void> {
    stock = await openStock(filling)
    await stock.query('SELECT 1')
  },

  async timeStock(sql: string, calls: unknown[][]): Promise<number[]> {
    const times: number[] = []
    for (const params of calls) {
      const began = performance.now()
      await stock.query(sql, params)
      times.push(performance.now() - began)
    }
    return times
  },

  /** Keeps lists as PGlite's own `live` does it for a tab; milliseconds from each update until every list has its new rows. */
  async timeLive(filling: Filling, lists: string[], update: string, times: number): Promise<number[]> {
    const pg = await PGliteWorker.create(stockWorker(), { id: 'stock', meta: filling, extensions: { live } })
    const waiting = new Set<number>()
    let all = () => {}
    for (const [n, sql] of lists.entries()) {
      await pg.live.query(sql, [], () => {
        if (waiting.delete(n) && waiting.size === 0) all()
      })
    }
    const taken: number[] = []
    for (let n = 0; n < times; n++) {
      for (const list of lists.keys()) waiting.add(list)
      const pushed = new Promise<void>((resolve) => { all = resolve })
      const began = performance.now()
      await pg.query(update)
      await pushed
      taken.push(performance.now() - began)
    }
    return taken
  },

  /** Follows a shape of Electric from now on and paints each row's name that changes; resolves once it is up to date. */
  async follow(shape: string): Promise<void> {
    const ask = async (more: Record<string, string>) => {
      const url = new URL(shape)
      for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value)
      const answer = await fetch(url, { cache: 'no-store' })
      if (!answer.ok) throw new Error(`the shape answered ${answer.status}`)
      const header = (name: string) => answer.headers.get(`electric-${name}`) ?? ''
      const messages = await answer.json() as { value?: { name?: string } }[]
      return { messages, at: { handle: header('handle'), offset: header('offset'), cursor: header('cursor') } }
    }
    let { at } = await ask({ offset: 'now' })
    void (async () => {
      for (;;) {
        const answer = await ask({ ...at, live: 'true' })
        at = answer.at
        const names = answer.messages.flatMap(({ value }) => value?.name === undefined ? [] : [value.name])
        if (names.length > 0) await paint(names)
      }
    })()
  },

  /** An element as high as a list of so many lines, with nothing in it. */
  empty(height: number): void {
    document.body.innerHTML = `<div id="scroller" style="height: 600px; overflow: auto"><div style="height: ${height}px"></div></div>`
  },
}
declare global {
  /** In the bare page only. */
  var bare: typeof parts
}
Object.assign(globalThis, { bare: parts, instruments })
