/** Of the ten connections of a process, at most so many serve reads: sync and sign-in must never wait for a slow list. */
const AT_ONCE = 6
/** One session has half of them at most. */
const AT_ONCE_A_SESSION = 3

interface Waiting { session: string, begin: () => void }

const running = new Map<string, number>()
const waiting: Waiting[] = []
let total = 0

/**
 * Runs the work when it is its turn: first come first served, but nobody waits behind a session that has its share.
 * Rejects with what the work rejects with.
 */
export async function inTurn<Result>(session: string, work: () => Promise<Result>): Promise<Result> {
  await new Promise<void>((begin) => {
    waiting.push({ session, begin })
    next()
  })
  try {
    return await work()
  }
  finally {
    leave(session)
  }
}

function next(): void {
  while (total < AT_ONCE) {
    const place = waiting.findIndex(({ session }) => (running.get(session) ?? 0) < AT_ONCE_A_SESSION)
    const [chosen] = place < 0 ? [] : waiting.splice(place, 1)
    if (!chosen) return
    running.set(chosen.session, (running.get(chosen.session) ?? 0) + 1)
    total++
    chosen.begin()
  }
}

function leave(session: string): void {
  const rest = (running.get(session) ?? 1) - 1
  if (rest > 0) running.set(session, rest)
  else running.delete(session)
  total--
  next()
}
