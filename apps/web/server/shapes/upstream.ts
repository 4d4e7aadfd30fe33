import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { json } from 'node:stream/consumers'
import { CLIENT_PARAMETERS } from '../../shared/protocol/sync'
import { environment } from '../environment'
import { Refusal } from '../http/refusal'
import { log } from '../log'
import { upstreamBegins } from '../metrics/sync'
import { upstreamParameters, type BoundShape } from './definition'
import { electricKeys, keyTaken } from './keys'
import type { Position } from './request'

const RETRY_AFTER_SECONDS = '5'
const HEALTH_PATIENCE_MS = 2_000
/** Without a byte for so long nobody is there any more; the first page of a large shape takes a while to make. */
const SILENCE_MS = 300_000
/** Pages for browsers: each takes as long as its browser takes. */
export const PAGES_AT_ONCE = 64
/** Connections of one kind that are kept open for the next request. Node would keep 256, of which Electric closes each in its time. */
const FREE_AT_MOST = 16

/**
 * Why Electric is asked. `pages`: for a browser, which reads the answer as it comes. `brief`: what happened since a
 * position. `live`: the same, held up to 20 s until something happens.
 */
export type Asking = keyof typeof AGENTS

/**
 * Node's own client and not `fetch`: its bodies are streams of Node, which go on to the browser as they are. Through
 * fetch's a snapshot came at half of the speed (measured: 130 against 280 MiB/s).
 */
const agents = (maxSockets?: number) => {
  const options = { keepAlive: true, maxFreeSockets: FREE_AT_MOST, ...(maxSockets && { maxSockets }) }
  return { 'http:': new http.Agent(options), 'https:': new https.Agent(options) }
}
/**
 * What is held live is bounded by how many shapes are watched (`feed`), and what is asked briefly by turns (`answered`);
 * neither must wait behind pages. Those are bounded here: however many browsers come at once, the rest wait in line.
 */
const AGENTS = { live: agents(), brief: agents(), pages: agents(PAGES_AT_ONCE) }

/** What of Electric's headers goes on to the browser; caching and CORS are ours to say. */
const PASSED_HEADERS = ['electric-handle', 'electric-offset', 'electric-schema', 'electric-up-to-date', 'electric-cursor', 'electric-has-data']

/** Statuses that the protocol of shapes is made of; every other one is about Electric itself. */
const PROTOCOL_STATUSES = new Set([200, 204, 400, 409])

/**
 * Asks Electric for a shape and returns its answer, which is the stream of its body, unread: 200, or 409 (must-refetch).
 * Throws `sync_unavailable` where Electric is away or unwell, `invalid_input` where it cannot follow the position, and what `signal` was aborted with.
 */
export async function askElectric(shape: BoundShape, position: Position, signal: AbortSignal, asking: Asking = 'pages'): Promise<IncomingMessage> {
  const over = upstreamBegins(asking)
  try {
    const response = await askWithKeys(shape, position, signal, asking)
    const status = response.statusCode ?? 0
    if (PROTOCOL_STATUSES.has(status)) {
      if (status === 400) {
        over('refused_position')
        throw await refusedPosition(response)
      }
      response.once('close', () => over(status === 409 ? 'must_refetch' : 'answered'))
      return response
    }
    response.destroy()
    over(status === 401 ? 'refused_key' : 'unwell')
    if (status === 401) log.error('Electric refused ELECTRIC_API_KEY')
    else log.warn({ status }, 'Electric did not answer with a shape')
    throw unavailable(response.headers['retry-after'] ?? RETRY_AFTER_SECONDS)
  }
  catch (error) {
    over(signal.aborted ? 'given_up' : 'unreachable')
    throw error
  }
}

/** Asks with one key after the other until Electric takes one. Out: its answer, 401 where it took none. */
async function askWithKeys(shape: BoundShape, position: Position, signal: AbortSignal, asking: Asking): Promise<IncomingMessage> {
  // What the browser said is taken by name: nothing that it sends beside these gets here.
  const chosen = CLIENT_PARAMETERS.flatMap(name => position[name] === undefined ? [] : [[name, position[name]] as const])
  const asked = { ...Object.fromEntries(chosen), ...(asking === 'live' ? { live: 'true' } : {}), ...upstreamParameters(shape) }
  const keys = electricKeys()
  for (let n = 0; ; n++) {
    const key = keys[n] ?? ''
    const response = await getOnceMore(new URL(`/v1/shape?${new URLSearchParams({ ...asked, secret: key })}`, environment().ELECTRIC_URL), asking, signal)
    if (response.statusCode !== 401) {
      keyTaken(key)
      return response
    }
    if (n === keys.length - 1) return response
    response.destroy()
  }
}

/** The headers of Electric's answer that the browser's client needs. */
export function protocolHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(PASSED_HEADERS.flatMap((name) => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value]] : []
  }))
}

const RECEIVED = new WeakMap<IncomingMessage, () => number>()

/** How many bytes of an answer of Electric's have come, head and framing included: its body is not looked at on its way. */
export const bytesReceived = (response: IncomingMessage): number => RECEIVED.get(response)?.() ?? 0

/** Whether Electric answers and is ready. */
export async function isSyncUp(): Promise<boolean> {
  try {
    const response = await fetch(new URL('/v1/health', environment().ELECTRIC_URL), { redirect: 'error', signal: AbortSignal.timeout(HEALTH_PATIENCE_MS) })
    await response.body?.cancel()
    return response.status === 200
  }
  catch {
    return false
  }
}

/**
 * Electric closes a connection after 50 answers without notice (measured); a request that meets this is lost before it
 * was read, and one more try has a new connection. An error's text may hold the address and so the secret: it ends here.
 */
async function getOnceMore(url: URL, asking: Asking, signal: AbortSignal): Promise<IncomingMessage> {
  try {
    return await get(url, asking, signal).catch((error: unknown) => {
      if (signal.aborted || !isReset(error)) throw error
      return get(url, asking, signal)
    })
  }
  catch (error) {
    signal.throwIfAborted()
    log.warn({ reason: codeOf(error) ?? 'unknown' }, 'Electric cannot be reached')
    throw unavailable(RETRY_AFTER_SECONDS)
  }
}

/** Follows no redirect, which would carry the secret to another place. Compressed, the body could not be passed on as it comes. */
function get(url: URL, asking: Asking, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === 'https:' ? https : http
    let received = () => 0
    const request = client.get(url, { agent: AGENTS[asking][url.protocol as 'http:' | 'https:'], signal, headers: { 'accept-encoding': 'identity' } }, (response) => {
      RECEIVED.set(response, received)
      resolve(response)
    })
    request.once('socket', (socket) => {
      const before = socket.bytesRead
      received = () => socket.bytesRead - before
    })
    // What breaks after the head of the answer is told by its stream; here it then changes nothing any more.
    request.on('error', reject)
    request.setTimeout(SILENCE_MS, () => request.destroy(Object.assign(new Error('Electric has fallen silent'), { code: 'ETIMEDOUT' })))
  })
}

const RESETS = new Set(['ECONNRESET', 'EPIPE'])
const isReset = (error: unknown) => RESETS.has(codeOf(error) ?? '')

const codeOf = (error: unknown) => error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

function unavailable(retryAfter: string): Refusal {
  return new Refusal('sync_unavailable', {}, { 'retry-after': retryAfter })
}

/** Electric says which parameter it refused; the browser may know of those that it chose itself. */
async function refusedPosition(response: IncomingMessage): Promise<Refusal> {
  const body = await json(response).catch(() => undefined) as { errors?: Record<string, unknown> } | undefined
  const named = ['offset', 'handle'].filter(name => body?.errors && name in body.errors)
  if (named.length === 0) log.error({ fields: Object.keys(body?.errors ?? {}) }, 'Electric refused a shape of the catalogue')
  return named.length === 0
    ? unavailable(RETRY_AFTER_SECONDS)
    : new Refusal('invalid_input', { fields: Object.fromEntries(named.map(name => [name, 'The sync service does not know this one.'])) })
}
