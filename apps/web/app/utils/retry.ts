const FIRST_MS = 1_000
const LONGEST_MS = 60_000

export interface Retry {
  /** Tries now where something is left, and begins with short pauses again. */
  wake: () => void
  /** Tries no more. */
  dispose: () => void
}

/**
 * Tries something until nothing of it is left, with pauses that double from one second to a minute; at once when the
 * network is back or the page is looked at again.
 *
 *   idle ── wake, something left ──▶ trying ── nothing left ───▶ idle
 *                                    ▲    └─── something left ─▶ pausing
 *                                    └──── pause over, wake ──────┘
 *
 * `attempt` may fail or reject; only `isLeft` decides. A wake while trying leads to one more try right after.
 */
export function createRetry(isLeft: () => boolean, attempt: () => Promise<void>): Retry {
  let state: 'idle' | 'trying' | 'pausing' | 'over' = 'idle'
  let woken = false
  let pause = FIRST_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  const isOver = () => state === 'over'

  async function run() {
    state = 'trying'
    do {
      woken = false
      await attempt().catch(() => {})
      if (isOver()) return
    } while (woken && isLeft())
    state = 'idle'
    if (!isLeft()) return
    state = 'pausing'
    timer = setTimeout(() => void run(), pause)
    pause = Math.min(pause * 2, LONGEST_MS)
  }

  function wake() {
    if (state === 'over' || !isLeft()) return
    pause = FIRST_MS
    woken = true
    if (state === 'trying') return
    clearTimeout(timer)
    void run()
  }

  const onVisible = () => { if (document.visibilityState === 'visible') wake() }
  window.addEventListener('online', wake)
  document.addEventListener('visibilitychange', onVisible)

  return {
    wake,
    dispose() {
      state = 'over'
      clearTimeout(timer)
      window.removeEventListener('online', wake)
      document.removeEventListener('visibilitychange', onVisible)
    },
  }
}
