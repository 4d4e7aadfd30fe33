import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startData } from '../../../../../scripts/start-data'
import type { StorageKind } from '../../../shared/protocol/storage'
import { Browser } from '../../support/browser'
import { compile } from '../bare-server'
import { atMost, median, type Measured } from '../figure'
import type { FirstOpening } from '../page/first-open-worker'
import type { World } from '../world'

const WORKERS = fileURLToPath(new URL('../../../public/workers/', import.meta.url))
const FILES = ['pglite.wasm', 'pglite.data', 'initdb.wasm', 'start.data']
const TYPES: Record<string, string> = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' }

/** Bytes at once on a slow line, and how often. */
const CHUNK = 16_384

/** Gives the worker's files, compressed as the app gives them, over a line of so many megabits a second. */
async function serve(line: { megabits: number }) {
  const files = new Map<string, Buffer>([['/', Buffer.from('<!doctype html><title>first open</title>')]])
  for (const name of FILES) files.set(`/${name}`, await readFile(`${WORKERS}${name}.br`))
  files.set('/first-open-worker.js', Buffer.from((await compile('first-open-worker')).get('first-open-worker.js') ?? ''))
  // One line for all answers that are under way.
  let free = 0
  async function send(response: ServerResponse, content: Buffer): Promise<void> {
    for (let at = 0; at < content.length; at += CHUNK) {
      const now = performance.now()
      const chunk = content.subarray(at, at + CHUNK)
      free = Math.max(free, now) + chunk.length * 8 / line.megabits / 1000
      if (free > now) await new Promise(resolve => setTimeout(resolve, free - now))
      if (response.destroyed) return
      response.write(chunk)
    }
    response.end()
  }
  const server = createServer(({ url = '/' }, response) => {
    const content = files.get(url)
    if (!content) return void response.writeHead(404).end()
    response.writeHead(200, {
      'content-type': TYPES[url.split('.').at(-1) ?? ''] ?? (url === '/' ? 'text/html' : 'application/octet-stream'), 'content-length': content.length,
      ...(FILES.includes(url.slice(1)) && { 'content-encoding': 'br' }),
    })
    if (line.megabits === Infinity) response.end(content)
    else void send(response, content)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Milliseconds from the start of the worker, in a new profile, to the first answer of a new database with our tables. */
async function firstOpen(origin: string, opening: FirstOpening): Promise<number> {
  const browser = await Browser.open()
  try {
    const page = browser.context.pages()[0] ?? await browser.context.newPage()
    await page.goto(origin)
    return await page.evaluate(given => new Promise<number>((resolve, reject) => {
      const began = performance.timeOrigin + performance.now()
      const worker = new Worker('/first-open-worker.js', { type: 'module' })
      worker.onmessage = ({ data }) => data.at === undefined ? reject(new Error(data.failure)) : resolve(data.at - began)
      worker.postMessage(given)
    }), opening)
  }
  finally {
    await browser.close()
  }
}

/** A new database from the build's data directory, against initdb and our tables in the browser. */
export async function firstOpening(world: World): Promise<Measured[]> {
  const { version } = await startData()
  const line = { megabits: Infinity }
  const server = await serve(line)
  try {
    const pair = async (kind: StorageKind) => {
      const times: Record<FirstOpening['how'], number[]> = { 'start data': [], 'initdb': [] }
      // In turn, so that a slow minute of the machine falls on both.
      for (let n = 0; n < world.times; n++) {
        for (const how of ['start data', 'initdb'] as const) times[how].push(await firstOpen(server.origin, { how, kind, version }))
      }
      return { value: median(times['start data']), unit: 'ms', baseline: median(times.initdb) }
    }
    const measured: Measured[] = [
      { name: 'first open on OPFS, against initdb', ...await pair('opfs'), goal: atMost(0.75, 'ratio') },
      { name: 'first open on IndexedDB, against initdb', ...await pair('idb'), goal: atMost(0.6, 'ratio') },
      { name: 'first open in memory, against initdb', ...await pair('memory') },
    ]
    line.megabits = 10
    measured.push({ name: 'first open on OPFS over 10 Mbit/s, against initdb', ...await pair('opfs'), goal: atMost(0.75, 'ratio') })
    return measured
  }
  finally {
    await server.stop()
  }
}
