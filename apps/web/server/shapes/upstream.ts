import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { CLIENT_PARAMETERS } from '../../shared/protocol/sync'
import { environment } from '../environment'
import { Refusal } from '../http/refusal'
import { log } from '../log'
import { upstreamParameters, type BoundShape } from './definition'
import type { Position } from './request'

const RETRY_AFTER_SECONDS = '5'
const HEALTH_PATIENCE_MS = 2_000

/** What of Electric's headers goes on to the browser; caching and CORS are ours to say. */
const PASSED_HEADERS = ['electric-handle', 'electric-offset', 'electric-schema', 'electric-up-to-date', 'electric-cursor', 'electric-has-data']

/** Statuses that the protocol of shapes is made of; every other one is about Electric itself. */
const PROTOCOL_STATUSES = new Set([200, 204, 400, 409])

/**
 * Asks Electric for a shape and returns its answer with the body unread: 200, or 409 (must-refetch).
 * `live` holds the request until something happens, up to 20 s. Throws `sync_unavailable` where Electric is away or
 * unwell, `invalid_input` where it cannot follow the position, and what `signal` was aborted with.
 */
export async function askElectric(shape: BoundShape, position: Position, signal: AbortSignal, live = false): Promise<Response> {
  const { ELECTRIC_URL, ELECTRIC_API_KEY } = environment()
  // What the browser said is taken by name: nothing that it sends beside these gets here.
  const chosen = CLIENT_PARAMETERS.flatMap(name => position[name] === undefined ? [] : [[name, position[name]] as const])
  const query = new URLSearchParams({
    ...Object.fromEntries(chosen), ...(live ? { live: 'true' } : {}), ...upstreamParameters(shape), secret: ELECTRIC_API_KEY,
  })
  const response = await getOnceMore(new URL(`/v1/shape?${query}`, ELECTRIC_URL), signal)
  if (PROTOCOL_STATUSES.has(response.status)) {
    if (response.status === 400) throw await refusedPosition(response)
    return response
  }
  await response.body?.cancel()
  if (response.status === 401) log.error('Electric refused ELECTRIC_API_KEY')
  else log.warn({ status: response.status }, 'Electric did not answer with a shape')
  throw unavailable(response.headers.get('retry-after') ?? RETRY_AFTER_SECONDS)
}

/** The headers of Electric's answer that the browser's client needs. */
export function protocolHeaders(response: Response): Record<string, string> {
  return Object.fromEntries(PASSED_HEADERS.flatMap((name) => {
    const value = response.headers.get(name)
    return value === null ? [] : [[name, value]]
  }))
}

/** The body as it comes. */
export function bodyOf(response: Response): Readable {
  // The same class under two declarations: the browser's, which `fetch` has here, and Node's.
  return response.body ? Readable.fromWeb(response.body as ReadableStream<Uint8Array>) : Readable.from([])
}

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
async function getOnceMore(url: URL, signal: AbortSignal): Promise<Response> {
  // A redirect would carry the secret to another place. Compressed, the body could not be passed on as it comes.
  const get = () => fetch(url, { redirect: 'error', signal, headers: { 'accept-encoding': 'identity' } })
  try {
    return await get().catch((error: unknown) => {
      if (signal.aborted || !isReset(error)) throw error
      return get()
    })
  }
  catch (error) {
    signal.throwIfAborted()
    log.warn({ reason: codeOf(error) ?? 'unknown' }, 'Electric cannot be reached')
    throw unavailable(RETRY_AFTER_SECONDS)
  }
}

const RESETS = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
const isReset = (error: unknown) => RESETS.has(codeOf(error) ?? '')

function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}

function unavailable(retryAfter: string): Refusal {
  return new Refusal('sync_unavailable', {}, { 'retry-after': retryAfter })
}

/** Electric says which parameter it refused; the browser may know of those that it chose itself. */
async function refusedPosition(response: Response): Promise<Refusal> {
  const body = await response.json().catch(() => undefined) as { errors?: Record<string, unknown> } | undefined
  const named = ['offset', 'handle'].filter(name => body?.errors && name in body.errors)
  if (named.length === 0) log.error({ fields: Object.keys(body?.errors ?? {}) }, 'Electric refused a shape of the catalogue')
  return named.length === 0
    ? unavailable(RETRY_AFTER_SECONDS)
    : new Refusal('invalid_input', { fields: Object.fromEntries(named.map(name => [name, 'The sync service does not know this one.'])) })
}
