import { areHeard, notices } from '../notices/index'
import { answerAtOnce, asLive, goOn, isIdle, pause, type Answered } from './answered'
import type { BoundShape } from './definition'
import { Poll, type Rounds } from './poll'
import type { Position } from './request'

/** Without a notice it is asked once a minute at least; not by everybody in the same second. */
const QUIET_MS = [45_000, 60_000] as const
/** While no notice would be heard. */
const UNHEARD_MS = 5_000
/** After a notice Electric is asked until it shows the change: it needs a few milliseconds, or longer where it lags. */
const FIRST_AGAIN_MS = 5
const LAST_AGAIN_MS = 1_000

/**
 * Waits for a person's own rows (`user`, `memberships`). Nobody shares them, so a held request for each would be as many
 * at Electric as there are people; the rows hardly ever change, and a notice says when.
 *
 *   asking ── news ──▶ settled
 *     ▲  └─── nothing ──▶ quiet ── a notice for the person, 45 to 60 s (5 s where none would be heard) ──▶ asking
 *     └────── a change is owed: again after 5 ms, 10, 20, … to 1 s, for 30 s at most
 */
export function ownPoll(shape: BoundShape, asked: Position, forget: () => void): Poll {
  return new Poll((signal, idle) => rounds(shape, asked, signal, idle), forget)
}

async function rounds(shape: BoundShape, asked: Position, signal: AbortSignal, idle: Parameters<Rounds>[1]): Promise<Answered | undefined> {
  const { definition: { entity }, scopeId } = shape
  const doorbell = new Doorbell(scopeId)
  try {
    let position = asked
    let againMs = FIRST_AGAIN_MS
    while (!signal.aborted) {
      doorbell.arm()
      const answered = await answerAtOnce(shape, position, signal)
      if (signal.aborted) return undefined
      if (!isIdle(answered, asked)) {
        notices.seen(scopeId, entity, transactionsIn(answered))
        return answered
      }
      idle(asLive(answered))
      position = goOn(asked, answered)
      if (notices.isOwed(scopeId, entity)) {
        await pause(againMs, signal)
        againMs = Math.min(againMs * 2, LAST_AGAIN_MS)
      }
      else {
        await doorbell.wait(areHeard() ? between(...QUIET_MS) : UNHEARD_MS, signal)
        againMs = FIRST_AGAIN_MS
      }
    }
    return undefined
  }
  finally {
    doorbell.remove()
  }
}

/** Rings at a notice for the person, also where it came while Electric was being asked. */
class Doorbell {
  readonly remove: () => void
  #rung = false
  #open: () => void = () => {}

  constructor(userId: string) {
    this.remove = notices.wait([`user ${userId}`], () => {
      this.#rung = true
      this.#open()
    })
  }

  /** What rings from now on counts. */
  arm(): void {
    this.#rung = false
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#rung || signal.aborted) return
    const leave = new AbortController()
    const open = () => leave.abort()
    this.#open = open
    // No `AbortSignal.any`: Node 20 keeps an entry of each for as long as the poll lives.
    signal.addEventListener('abort', open, { once: true })
    await pause(ms, leave.signal)
    signal.removeEventListener('abort', open)
    this.#open = () => {}
  }
}

/** The transactions whose changes an answer holds. One that is no list names none: then the change is waited for a while longer. */
function transactionsIn({ status, body }: Answered): ReadonlySet<number> {
  try {
    const messages = status === 200 ? JSON.parse(body) as { headers?: { txids?: number[] } }[] : []
    return new Set(messages.flatMap(({ headers }) => headers?.txids ?? []))
  }
  catch {
    return new Set()
  }
}

const between = (from: number, to: number) => from + Math.random() * (to - from)
