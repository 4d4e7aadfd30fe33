/** Response header with each column's type, by which Electric's client turns text into JavaScript values. */
const SCHEMA_HEADER = 'electric-schema'

/**
 * Wraps a stream's fetch in two ways. The client is told of no column types, so every value stays the text that
 * PostgreSQL wrote: a bigint, a jsonb or an array read into JavaScript and back would not be the same. And a request
 * for the very beginning is reported, because the client also begins anew without a must-refetch (when it believes that
 * it is stuck), and its rows must then not be taken for a continuation.
 */
export function streamFetch(fetchClient: typeof fetch, onStart: () => void): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (url.searchParams.get('offset') === '-1') onStart()
    const response = await fetchClient(input, init)
    if (!response.headers.has(SCHEMA_HEADER)) return response
    const headers = new Headers(response.headers)
    headers.set(SCHEMA_HEADER, '{}')
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
  }
}
