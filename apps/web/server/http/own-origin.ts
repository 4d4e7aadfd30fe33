import type { H3Event } from 'h3'
import { environment } from '../environment'

/** Whether a request comes from a page of ours. Browsers name the origin of every POST; one that names none is not. */
export function isOwnOrigin(event: H3Event): boolean {
  const named = getRequestHeader(event, 'origin')
  if (!named || !URL.canParse(named)) return false
  const origin = new URL(named)
  const { PUBLIC_URL } = environment()
  const ours = PUBLIC_URL ? new URL(PUBLIC_URL) : undefined
  if (ours?.origin === origin.origin) return true
  // A page of our name without TLS is from whoever stands on the line.
  if (ours?.protocol === 'https:' && origin.protocol !== 'https:' && ours.hostname === origin.hostname) return false
  return origin.host === getRequestHeader(event, 'host')
}
