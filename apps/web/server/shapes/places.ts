import { Refusal } from '../http/refusal'

/** A browser holds one live request, two while its tabs change the leader; the rest is for what is just ending. */
const PLACES = 4
const RETRY_AFTER_SECONDS = '5'

const taken = new Map<string, number>()

/** How many sessions have a place in this process, and how many places are taken. */
export function liveViewers(): { sessions: number, requests: number } {
  return { sessions: taken.size, requests: [...taken.values()].reduce((sum, count) => sum + count, 0) }
}

/**
 * Takes one of the places that a session has for live requests in this process: each holds long polls and room for an
 * answer. Returns how to leave it; a browser that goes away (`signal`) leaves it at once. Throws `too_many`.
 */
export function takePlace(session: string, signal: AbortSignal): () => void {
  const count = taken.get(session) ?? 0
  if (count >= PLACES) throw new Refusal('too_many', {}, { 'retry-after': RETRY_AFTER_SECONDS })
  taken.set(session, count + 1)
  let left = false
  const leave = () => {
    if (left) return
    left = true
    signal.removeEventListener('abort', leave)
    const rest = (taken.get(session) ?? 1) - 1
    if (rest > 0) taken.set(session, rest)
    else taken.delete(session)
  }
  signal.addEventListener('abort', leave, { once: true })
  return leave
}
