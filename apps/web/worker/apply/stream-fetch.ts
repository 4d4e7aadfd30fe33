import { packPage, type PackedPage } from './pack-page'
import type { ShapeMessage } from './write-changes'
import type { SnapshotRows } from './snapshot-rows'

/** Response header with each column's type, by which Electric's client turns text into JavaScript values. */
const SCHEMA_HEADER = 'electric-schema'

/** Header of the message that stands for the rows of a page. */
const PLACEHOLDER = 'snapshot_rows'

/**
 * Wraps a stream's fetch in three ways. The client is told of no column types, so every value stays the text that
 * PostgreSQL wrote: a bigint, a jsonb or an array read into JavaScript and back would not be the same. The rows of a
 * snapshot do not pass through the client, which would make objects of them, but beside it. And a request for the very
 * beginning is reported, because the client also begins anew without a must-refetch (when it believes that it is stuck),
 * and its rows must then not be taken for a continuation.
 */
export class StreamFetch {
  readonly #fetchClient: typeof fetch
  readonly #onStart: () => void
  /** By the offset that they were asked from: a page that is asked for again takes the place of the one before. */
  readonly #rows = new Map<string, SnapshotRows>()

  constructor(fetchClient: typeof fetch, onStart: () => void) {
    this.#fetchClient = fetchClient
    this.#onStart = onStart
  }

  /** For the stream. */
  readonly fetch: typeof fetch = async (input, init) => {
    const { searchParams } = new URL(input instanceof Request ? input.url : input)
    const offset = searchParams.get('offset') ?? ''
    if (offset === '-1') this.#onStart()
    const response = await this.#fetchClient(input, init)
    const headers = new Headers(response.headers)
    if (headers.has(SCHEMA_HEADER)) headers.set(SCHEMA_HEADER, '{}')
    const answered = { status: response.status, statusText: response.statusText, headers }
    if (response.status !== 200 || searchParams.get('live') === 'true') return new Response(response.body, answered)
    const body = await response.arrayBuffer()
    const packed = packPage(new Uint8Array(body))
    return new Response(packed ? this.#putAside(offset, packed) : body, answered)
  }

  /** What the stream gave, with the rows that its messages stand for. */
  read(messages: readonly ShapeMessage[]): (ShapeMessage | SnapshotRows)[] {
    return messages.map((message) => {
      const offset = message.headers[PLACEHOLDER]
      if (typeof offset !== 'string') return message
      const rows = this.#rows.get(offset)
      this.#rows.delete(offset)
      if (!rows) throw new Error('The rows of a page are gone')
      return rows
    })
  }

  /** The body for the client: one message that stands for the rows, and the others. */
  #putAside(offset: string, { rows, rest }: PackedPage): string {
    this.#rows.set(offset, rows)
    const placeholder = JSON.stringify({ key: PLACEHOLDER, value: {}, headers: { operation: 'insert', [PLACEHOLDER]: offset } })
    return rest === '[]' ? `[${placeholder}]` : `[${placeholder},${rest.slice(1)}`
  }
}
