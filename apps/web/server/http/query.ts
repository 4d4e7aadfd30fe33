import type { H3Event } from 'h3'

/** What a request's address says after its `?`. Taken from the path alone: a Host that is no host makes no address. */
export function queryOf(event: H3Event): URLSearchParams {
  const { path } = event
  const at = path.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : path.slice(at))
}
