// The HTTP server: which route, who may ask, and the last word on errors.
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Engine } from '../engine.ts'
import { log } from '../logging.ts'
import { messageOf } from '../errors.ts'
import { portError } from '../postgres/ports.ts'
import { answerShape } from './answer.ts'
import { deleteShape } from './delete.ts'
import { FAILED, NOT_FOUND, type PlainAnswer, Refusal, UNAUTHORIZED, UNAVAILABLE, invalid } from './errors.ts'
import { SERVER_NAME, corsHeaders } from './headers.ts'
import { readShapeRequest } from './request.ts'
import { Resolver, refusalOf } from './resolve.ts'
import type { Timing } from './timing.ts'

const HOST = '127.0.0.1'

export interface ShapeServerOptions {
  engine: Engine
  timing: Timing
  /** Nothing means insecure: anyone on this machine may read, and shapes may be deleted. */
  secret?: string
}

export class ShapeServer {
  port = 0
  private readonly options: ShapeServerOptions
  private readonly resolver: Resolver
  private readonly server: Server

  constructor(options: ShapeServerOptions) {
    this.options = options
    this.resolver = new Resolver(options.engine)
    this.server = createServer((incoming, response) => void this.handle(incoming, response))
    this.server.keepAliveTimeout = 65_000
    // A long poll is one request that takes long; only reading its head may time out.
    this.server.requestTimeout = 0
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, port, '--port')))
      this.server.listen({ port, host: HOST, exclusive: true }, resolve)
    })
    this.port = (this.server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.server.close(() => resolve()))
    this.server.closeAllConnections()
    await closed
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('x-request-id', randomUUID())
    response.setHeader('electric-server', SERVER_NAME)
    response.on('error', () => {})
    try {
      await this.route(incoming, response)
    }
    catch (thrown) {
      const error = refusalOf(thrown)
      if (!(error instanceof Refusal)) log.error(`A request failed: ${messageOf(error)}`)
      if (response.headersSent) response.destroy()
      else sendPlain(error instanceof Refusal ? error.answer : FAILED, incoming, response)
    }
  }

  private async route(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // Compared as sent: a path that only resolves to a route (`//`, `/.`, `%2f`) is none of ours.
    const [path = '', ...rest] = (incoming.url ?? '').split('?')
    const query = new URLSearchParams(rest.join('?'))
    const method = incoming.method ?? 'GET'
    if (path === '/v1/health' && (method === 'GET' || method === 'HEAD')) return sendPlain(this.health(), incoming, response)
    if (path === '/' && (method === 'GET' || method === 'HEAD')) return sendPlain(ROOT, incoming, response)
    if (path !== '/v1/shape') return sendPlain(NOT_FOUND, incoming, response)
    if (method === 'OPTIONS') return sendOptions(incoming, response)
    if (!this.mayAsk(query)) return sendPlain(UNAUTHORIZED, incoming, response)
    if (method === 'POST') throw new Refusal(invalid({ subset: ['subset snapshots are not supported by the embedded stack'] }))
    if (method === 'DELETE') return sendPlain(await deleteShape(this.options.engine, this.resolver, query, this.options.secret === undefined), incoming, response)
    if (method !== 'GET' && method !== 'HEAD') return sendPlain(NOT_FOUND, incoming, response)
    const request = readShapeRequest(query)
    const { engine, timing } = this.options
    if (!await engine.whenActive(timing.postgresWaitMs)) throw new Refusal(UNAVAILABLE)
    const shape = await this.resolver.resolve(request)
    await shape.readBy(() => answerShape(engine, timing, shape, request, incoming, response))
  }

  private mayAsk(query: URLSearchParams): boolean {
    const { secret } = this.options
    if (secret === undefined) return true
    const given = query.get('secret') ?? query.get('api_secret')
    return given !== null && timingSafeEqual(digest(given), digest(secret))
  }

  private health(): PlainAnswer {
    const { active } = this.options.engine
    return {
      status: active ? 200 : 202,
      headers: { 'cache-control': 'no-cache, no-store, must-revalidate', 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ status: active ? 'active' : 'starting' }),
      cors: 'other',
    }
  }
}

const ROOT: PlainAnswer = { status: 200, headers: { 'cache-control': 'max-age=0, private, must-revalidate' }, body: '', cors: 'other' }

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function sendPlain(answer: PlainAnswer, incoming: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.status, {
    'content-length': Buffer.byteLength(answer.body),
    'vary': 'accept-encoding',
    ...(answer.cors === 'none' ? {} : corsHeaders(answer.cors, incoming.headers.origin)),
    ...answer.headers,
  })
  response.end(incoming.method === 'HEAD' ? undefined : answer.body)
}

function sendOptions(incoming: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, { ...corsHeaders('shape', incoming.headers.origin), 'access-control-max-age': '86400', 'connection': 'keep-alive' })
  response.end()
}
