import type { Clock } from './clock'
import type { Fault } from './faults'

/** A request and what was answered, as it is written down for a story that fails. Times are of the browser, in ms. */
export interface Recorded {
  at: number
  asked: string
  body?: string
  fault?: Fault
  head?: { at: number, status: number, headers: [string, string][] }
  pieces: [at: number, text: string][]
  /** How the answer ended, where it did; what the browser itself gave up has no end. */
  end?: { at: number, how: 'whole' | 'broken' }
}

/** The way back of an answer. */
export interface Road {
  head: (status: number, headers: [string, string][]) => void
  write: (text: string) => void
  end: () => void
  fail: (error: unknown) => void
  /** Heartbeats come from now on. */
  beat: () => void
  /** Nothing real is to be waited for. */
  calm: () => void
  isOver: () => boolean
}

/** Answers a request as the same one was answered when the story was told before, at the same distance in time. */
export async function answerAgain(told: Recorded[], { asked, body }: Recorded, road: Road, clock: Clock): Promise<void> {
  const exact = told.findIndex(one => one.asked === asked && one.body === body)
  const at = exact === -1 ? told.findIndex(one => one.asked === asked) : exact
  const [found] = at === -1 ? [] : told.splice(at, 1)
  if (!found) return road.fail(new TypeError('this was not asked when the story was told'))
  road.calm()
  const { head, pieces, end } = found
  const until = async (then: number) => {
    const ms = then - found.at - (clock.now - began)
    if (ms > 0) await new Promise(resolve => clock.run(() => setTimeout(resolve, ms)))
  }
  const began = clock.now
  if (head) {
    await until(head.at)
    road.head(head.status, head.headers)
  }
  for (const [then, text] of pieces) {
    await until(then)
    road.write(text)
  }
  if (!end) return
  await until(end.at)
  if (end.how === 'whole') road.end()
  else road.fail(new TypeError('network error'))
}
