import type { Heartbeat, LiveBatch, LiveEntry, StreamEnd } from '#shared/protocol/sync'

/** Where in its log a shape stands. */
export type Place = Pick<LiveEntry, 'shape' | 'company' | 'handle' | 'offset'>

/** What was told about one shape. The body stays the text that it is, up to 10 MB: the shape's stream reads it. */
export interface Told {
  readonly kind: 'told'
  readonly from: Place
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

type Line = Told | { readonly kind: 'heartbeat', readonly at: number } | { readonly kind: 'end', readonly end: StreamEnd }

/** The last field of such a line. Inside of a JSON text these quotes would be escaped, and no other field is called so. */
const BODY = ',"body":'

/** Reads a line of a live answer or a stream (protocol/sync). Throws where it is none. */
export function readLine(line: string): Line {
  const at = line.startsWith('{"shape":') ? line.indexOf(BODY) : -1
  if (at !== -1 && line.endsWith('}')) {
    const { status, headers, ...from } = JSON.parse(`${line.slice(0, at)}}`) as Omit<LiveBatch, 'body'>
    return { kind: 'told', from, status, headers, body: line.slice(at + BODY.length, -1) }
  }
  const read = JSON.parse(line) as Heartbeat | StreamEnd
  if ('heartbeat' in read) return { kind: 'heartbeat', at: read.at }
  if ('end' in read) return { kind: 'end', end: read }
  throw new Error('This line is not of the protocol')
}

/** Whether both speak of one shape at one place of its log. */
export const isSamePlace = (a: Place, b: Place): boolean =>
  a.shape === b.shape && a.company === b.company && a.offset === b.offset && a.handle === b.handle

/** As the shape's stream wants to be answered. */
export function toResponse({ status, headers, body }: Pick<Told, 'status' | 'headers' | 'body'>): Response {
  return new Response(body, { status, headers: { ...headers, 'content-type': 'application/json' } })
}
