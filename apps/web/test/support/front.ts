import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { basename, join } from 'node:path'
import { SHELL, SHELL_WORKER } from '../../shared/protocol/shell'
import { holdBack, repeatLines, rewrite, sendFile } from './front-answers'
import { Replicas } from './replicas'
import { SecureEdge } from './secure-edge'

/** One request that a browser made under /api/shapes, as seen on the wire. Times in milliseconds of one clock. */
export interface ShapeRequest {
  readonly method: string
  readonly url: URL
  /** `folders`, or for what carries all live shapes `stream` (`live` where it is the long poll). */
  readonly shape: string
  readonly from: number
  to: number | undefined
  status: number | undefined
}

type Gate = (request: ShapeRequest) => Promise<void> | void

/** See `longestBeyond`. */
export const MOMENT_MS = 30

/**
 * A proxy between a browser and the servers. It counts what is in flight, can hold a request back at a chosen place, and
 * can be unplugged as a cable is. Each has an address of its own, and with it a browser storage of its own. It speaks plain
 * HTTP/1.1; a secure one stands behind an edge of its own, so that the browser speaks HTTP/2 over TLS.
 */
export class Front {
  readonly requests: ShapeRequest[] = []
  /** Every request under /api that came through, in order, as `GET /api/config`. */
  readonly calls: string[] = []
  /** Each piece of an answer to a shape request that went on to the browser. */
  readonly pieces: { at: number, bytes: number }[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #replicas: Replicas
  #edge: SecureEdge | undefined
  #gate: Gate | undefined
  #refused: { paths: string[], status: number, body: object | string } | undefined
  #stalled = { paths: [] as string[], answers: [] as ServerResponse[] }
  #served: { path: string, folder: string } | undefined
  #tears = { left: 0, after: 0 }
  #lost = { path: '', left: 0 }
  #upgrade: { from: string, to: string } | undefined
  #unplugged = false
  /** Holds every body back until it is whole, as some companies' proxies do: a stream never gets through. */
  holdsBack = false
  /** Delivers each line of a live answer twice. */
  repeats = false
  /** Scripts hold another word in the place of this one, of the same length. */
  rewords: { from: string, to: string } | undefined
  port = 0

  private constructor(replicas: Replicas) {
    this.#replicas = replicas
    this.#server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing))
    this.#server.on('connection', (socket) => {
      if (this.#unplugged) return void socket.destroy()
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => undefined)
    })
  }

  static async before(replicas: Replicas, { secure = false } = {}): Promise<Front> {
    const front = new Front(replicas)
    await new Promise<void>(resolve => front.#server.listen(0, '127.0.0.1', resolve))
    front.port = (front.#server.address() as AddressInfo).port
    if (secure) front.#edge = await SecureEdge.before(Replicas.at(front.#own))
    return front
  }

  /** Where browsers go. */
  get origin(): string {
    return this.#edge?.origin ?? this.#own
  }

  /** How many connections browsers opened to a secure one. */
  get connections(): number {
    return this.#edge?.connections ?? 0
  }

  get #own(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Each later shape request waits for this; undefined lets everything pass. */
  set gate(gate: Gate | undefined) {
    this.#gate = gate
  }

  /** Answers what lies under the path from a folder instead of from the server: another build of the worker, say. */
  serve(path: string, folder: string): void {
    this.#served = { path, folder }
  }

  /** Answers everything under these paths by itself, with a status and a body; `/` is the page alone. */
  refuse(paths: string[], status: number, body: object | string): void {
    this.#refused = { paths, status, body }
  }

  /** Lets through again what was refused. */
  allow(): void {
    this.#refused = undefined
  }

  /** Gives out the app as another build with the same files: its service worker and its page name that build. */
  upgrade(from: string, to: string): void {
    this.#upgrade = { from, to }
  }

  /** Leaves what comes from now on under these paths without an answer, and drops what waits: of two equal requests a browser lets the second wait for the first. */
  stall(paths: string[]): void {
    for (const answer of this.#stalled.answers) answer.destroy()
    this.#stalled = { paths, answers: [] }
  }

  /** Breaks the connection in the middle of the next so many shape answers, after so many bytes of each. */
  tear(times: number, after: number): void {
    this.#tears = { left: times, after }
  }

  /** Loses the answers to the next so many requests under a path: the server has done what was asked, and nobody hears of it. */
  lose(path: string, times: number): void {
    this.#lost = { path, left: times }
  }

  get tearsLeft(): number {
    return this.#tears.left
  }

  /** Cuts every connection and takes no new one, until plugged in again. */
  unplug(): void {
    this.#unplugged = true
    this.#edge?.unplug()
    for (const socket of this.#sockets) socket.destroy()
  }

  plugIn(): void {
    this.#unplugged = false
    this.#edge?.plugIn()
  }

  /** The first requests of each snapshot, `offset=-1`, for one shape. */
  snapshots(shape: string, since = 0): ShapeRequest[] {
    return this.requests.filter(r => r.shape === shape && r.from >= since && r.url.searchParams.get('offset') === '-1')
  }

  /**
   * Longest time, in milliseconds, during which more than `limit` shape requests were in flight. A request that the
   * browser aborts for a successor may be seen to end some milliseconds after the successor came: that is no third request.
   */
  longestBeyond(limit: number): number {
    const edges = this.requests.flatMap(r => [{ at: r.from, by: 1 }, { at: r.to ?? performance.now(), by: -1 }])
      .sort((a, b) => a.at - b.at || a.by - b.by)
    let [inFlight, since, longest] = [0, 0, 0]
    for (const { at, by } of edges) {
      if (inFlight > limit) longest = Math.max(longest, at - since)
      if (inFlight === limit && by === 1) since = at
      inFlight += by
    }
    return longest
  }

  /** The most shape requests that were in flight at once, where they were so for more than a moment. */
  get mostInFlight(): number {
    let most = 0
    while (this.longestBeyond(most) >= MOMENT_MS) most++
    return most
  }

  async stop(): Promise<void> {
    this.unplug()
    await this.#edge?.stop()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', this.#own)
    if (url.pathname.startsWith('/api/')) this.calls.push(`${incoming.method} ${url.pathname}`)
    const seen = this.#note(incoming, outgoing, url)
    if (seen) await this.#gate?.(seen)
    if (outgoing.destroyed) return
    if (this.#stalled.paths.some(path => url.pathname.startsWith(path))) return void this.#stalled.answers.push(outgoing)
    if (this.#served && url.pathname.startsWith(this.#served.path)) return sendFile(outgoing, join(this.#served.folder, basename(url.pathname)))
    const refused = this.#refused
    if (refused?.paths.some(path => path === SHELL ? url.pathname === SHELL : url.pathname.startsWith(path))) {
      const { status, body } = refused
      if (typeof body === 'string') return void outgoing.writeHead(status, { 'content-type': 'text/html' }).end(body)
      return void outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (this.#upgrade && [SHELL, SHELL_WORKER].includes(url.pathname)) return this.#sendUpgraded(url, this.#upgrade, outgoing)
    const { repeats, rewords } = this
    const isRepeated = repeats && seen?.method === 'POST'
    const isReworded = rewords && url.pathname.endsWith('.js')
    const headers = {
      ...incoming.headers,
      ...(isRepeated || isReworded) && { 'accept-encoding': 'identity' },
      // The servers behind are told of an https address: a page over plain HTTP would be another site's to them.
      ...incoming.headers.origin === this.#own && { origin: this.#own.replace('http:', 'https:') },
    }
    const socket = await this.#replicas.connect().catch(() => undefined)
    if (!socket) return void outgoing.destroy()
    if (outgoing.destroyed) return void socket.destroy()
    const onward = request({
      method: incoming.method, path: incoming.url, headers: { ...headers, connection: 'close' }, createConnection: () => socket,
    }, (answer) => {
      if (this.#isLost(url)) {
        outgoing.destroy()
        return void answer.resume()
      }
      if (seen) {
        seen.status = answer.statusCode
        answer.on('data', ({ length: bytes }: Buffer) => this.pieces.push({ at: performance.now(), bytes }))
      }
      outgoing.writeHead(answer.statusCode ?? 502, isReworded ? { ...answer.headers, 'cache-control': 'no-store' } : answer.headers)
      if (seen?.method === 'GET' && this.#tears.left > 0) this.#tearOff(answer, outgoing)
      if (isReworded) rewrite(answer, outgoing, rewords.from, rewords.to)
      else if (isRepeated) repeatLines(answer, outgoing)
      else if (this.holdsBack) holdBack(answer, outgoing)
      else answer.pipe(outgoing)
      answer.on('error', () => outgoing.destroy())
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.on('error', () => onward.destroy())
    incoming.pipe(onward)
  }

  async #sendUpgraded({ pathname }: URL, { from, to }: { from: string, to: string }, outgoing: ServerResponse): Promise<void> {
    const answer = await fetch(new URL(pathname, this.#replicas.origins[0]))
    const text = await answer.text()
    // The page's inline script is named by its hash in the policy: it stays as it is.
    const body = pathname === SHELL_WORKER ? text.replaceAll(from, to) : text.replace('</head>', `<meta name="build" content="${to}"></head>`)
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => !['content-length', 'content-encoding', 'transfer-encoding', 'etag', 'last-modified', 'connection', 'keep-alive'].includes(name)))
    outgoing.writeHead(answer.status, headers).end(body)
  }

  #isLost({ pathname }: URL): boolean {
    return pathname.startsWith(this.#lost.path) && this.#lost.left > 0 && this.#lost.left-- > 0
  }

  #tearOff(answer: IncomingMessage, outgoing: ServerResponse): void {
    let passed = 0
    answer.on('data', (chunk: Buffer) => {
      passed += chunk.length
      if (passed < this.#tears.after || this.#tears.left === 0) return
      this.#tears.left--
      // What is in the buffers goes out first: the browser is to get a part of the answer, not none of it.
      outgoing.write('', () => outgoing.destroy())
      answer.unpipe(outgoing)
    })
  }

  #note(incoming: IncomingMessage, outgoing: ServerResponse, url: URL): ShapeRequest | undefined {
    if (!url.pathname.startsWith('/api/shapes/')) return undefined
    const seen: ShapeRequest = {
      method: incoming.method ?? '', url, shape: url.pathname.slice('/api/shapes/'.length), from: performance.now(), to: undefined, status: undefined,
    }
    this.requests.push(seen)
    outgoing.on('close', () => { seen.to = performance.now() })
    return seen
  }
}
