import { readFileSync } from 'node:fs'

/**
 * What every launcher of long-running parts shares: it stops them in reverse order on Ctrl-C, on SIGTERM and SIGHUP, when
 * one of them ends by itself, and when the npm or pnpm that runs it is killed.
 */
export class Launcher {
  #children = []
  #stopping
  #unwatch

  constructor() {
    const stop = () => {
      if (this.#stopping !== undefined) process.exit(1) // Asked a second time: the parts see our end and stop by themselves.
      console.log('\nStopping …')
      this.stop().then(() => process.exit(0))
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
    this.#unwatch = watchRunner(stop)
  }

  /**
   * @template {import('./children.mjs').Child} C
   * @param {C} child
   * @returns {C}
   */
  add(child) {
    this.#children.unshift(child)
    return child
  }

  /** Waits for the first part that ends by itself; answers how. While stopping it never answers. */
  async firstEnd() {
    const how = await Promise.race(this.#children.map(child => child.ended))
    return this.#stopping === undefined ? how : new Promise(() => {})
  }

  /** Stops what runs, the youngest first. */
  stop() {
    this.#stopping ??= (async () => {
      this.#unwatch()
      for (const child of this.#children) await child.stop()
    })()
    return this.#stopping
  }
}

/** Under npm or pnpm, their end is ours: killed with SIGKILL they cannot pass anything on. A shell may stand between. */
function watchRunner(stop) {
  if (process.env.npm_lifecycle_event === undefined) return () => {}
  const family = () => `${process.ppid} ${runnerBehind(process.ppid)}`
  const runner = family()
  const timer = setInterval(() => {
    if (family() === runner) return
    clearInterval(timer)
    stop()
  }, 500)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * The parent of a shell, which is the npm that started it; undefined for any other process (npm's own parent is a
 * person's terminal, whose end is not ours), and where the system does not show it in /proc.
 */
function runnerBehind(pid) {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \w (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return /^(?:sh|dash|bash|ash|zsh|busybox)$/.test(name) ? parent : undefined
  }
  catch { return undefined }
}
