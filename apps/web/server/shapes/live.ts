import { setTimeout as wait } from 'node:timers/promises'
import { ANSWERS, type AnswerBody } from '../../shared/protocol/answers'
import { environment } from '../environment'
import { Refusal } from '../http/refusal'
import { notices } from '../notices/index'
import type { Topic } from '../notices/board'
import { closing } from './closing'
import { asAnswered, checkAll, heartbeat, lineOf, type Check, type HeldShape } from './held'
import type { Answered } from './answered'
import type { SharedPoll } from './poll'
import { pollFor } from './polls'

/** After the first batch, so long for others that come with it: one transaction often touches several shapes. */
const GRACE_MS = 2
/** "Nothing happened" counts as an answer from so long before the end of the hold on. */
const LATE_MS = 500
/** Electric holds as long as we do, from a moment later on: its "nothing happened" comes just after our own end. */
const PATIENCE_MS = 2_500

/** An answer is put together in memory: about one page of Electric's, and what comes beside it. */
const ANSWER_CHARS = 16 * 1024 * 1024

type Happening = 'changed' | 'recheck' | 'end' | 'left'

/**
 * Holds one request for many shapes. Out: the lines to answer with, joined, and what each shape was refused with in them.
 *
 *   held ── a batch ────────▶ check ──▶ answered (what came, without what the check forbids)
 *        ── every 10 s, or a notice ▶ check ──▶ held on, or answered where something is forbidden now
 *        ── 20 s, or the server stops ▶ check ──▶ answered (up to date)
 *        ── browser left ───▶ nothing
 *
 * Throws `sign_in` when the session ends meanwhile, `sync_unavailable` when Electric fails for every shape.
 */
export async function holdLive(held: readonly HeldShape[], topics: readonly Topic[], check: Check, signal: AbortSignal): Promise<{ lines: string, told: readonly (AnswerBody | undefined)[] }> {
  const { LIVE_HOLD_SECONDS, LIVE_RECHECK_SECONDS } = environment()
  let denied = await checkAll(held, check)
  const polls = held.map((one, i) => denied[i] || !one.shape ? undefined : pollFor(one.shape, one.entry))
  const began = performance.now()
  const due = began + LIVE_HOLD_SECONDS * 1000
  const end = due + PATIENCE_MS
  const happenings = watch(polls, topics, signal)
  let answers: (Answered | undefined)[] = []
  try {
    let lastCheck = began
    while (!denied.some(Boolean)) {
      const deadline = performance.now() < due ? due : end
      const happening = await happenings.next(Math.min(lastCheck + LIVE_RECHECK_SECONDS * 1000, deadline), end)
      if (happening === 'left') return { lines: '', told: denied }
      const late = performance.now() >= due - LATE_MS
      if (happening === 'changed') {
        if (!polls.some(poll => poll?.settled ?? (late ? poll?.idle : undefined))) continue
        await wait(GRACE_MS)
      }
      // What is delivered was there before the check: what comes during it waits for the next request.
      answers = withinBounds(polls.map(poll => poll?.settled ?? (late ? poll?.idle : undefined)))
      denied = await checkAll(held, check)
      lastCheck = performance.now()
      if (answers.some(Boolean) || happening === 'end') break
    }
    return { lines: write(held, denied, answers), told: denied }
  }
  finally {
    happenings.stop()
  }
}

/** What is over the bound is left for the next request, which finds it settled. One batch always goes out. */
function withinBounds(answers: readonly (Answered | undefined)[]): (Answered | undefined)[] {
  let chars = 0
  return answers.map((answer) => {
    if (!answer || (chars > 0 && chars + answer.body.length > ANSWER_CHARS)) return undefined
    chars += answer.body.length
    return answer
  })
}

/** One waiter on all polls and the clock. */
function watch(polls: readonly (SharedPoll | undefined)[], topics: readonly Topic[], signal: AbortSignal) {
  let wake: (happening: Happening) => void = () => {}
  let changed = polls.some(poll => poll?.settled)
  let hasNotice = false
  const onChange = () => {
    changed = true
    wake('changed')
  }
  const onLeave = () => wake('left')
  const onClosing = () => wake('end')
  const onNotice = () => {
    hasNotice = true
    wake('recheck')
  }
  const leave = [...polls.flatMap(poll => poll?.join(onChange) ?? []), notices.wait(topics, onNotice)]
  signal.addEventListener('abort', onLeave, { once: true })
  closing.addEventListener('abort', onClosing, { once: true })
  return {
    async next(until: number, end: number): Promise<Happening> {
      if (signal.aborted) return 'left'
      if (closing.aborted) return 'end'
      if (changed) {
        changed = false
        return 'changed'
      }
      if (hasNotice) {
        hasNotice = false
        return 'recheck'
      }
      let timer: NodeJS.Timeout | undefined
      const happening = await new Promise<Happening>((resolve) => {
        wake = resolve
        timer = setTimeout(() => resolve(performance.now() >= end - 1 ? 'end' : 'recheck'), Math.max(0, until - performance.now()))
      })
      clearTimeout(timer)
      if (happening === 'changed') changed = false
      if (happening === 'recheck') hasNotice = false
      return happening
    },
    stop() {
      signal.removeEventListener('abort', onLeave)
      closing.removeEventListener('abort', onClosing)
      for (const one of leave) one()
    },
  }
}

function write(held: readonly HeldShape[], denied: readonly (AnswerBody | undefined)[], answers: readonly (Answered | undefined)[]): string {
  const lines = held.flatMap(({ entry }, i) => {
    const refused = denied[i]
    const answered = refused ? asAnswered(refused) : answers[i]
    return answered ? [{ answered, line: lineOf(entry, answered).join('') }] : []
  })
  const away = lines.filter(({ answered }) => answered.status === ANSWERS.sync_unavailable.status)
  if (away.length === held.length) throw new Refusal('sync_unavailable', {}, away[0]?.answered.headers)
  // An answer with nothing in it could be anybody's: this one says that it is ours.
  return lines.map(({ line }) => line).join('') || heartbeat()
}
