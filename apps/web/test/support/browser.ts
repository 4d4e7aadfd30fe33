import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { launchChromium, type Launch } from './chromium'

/** A browser with a profile on disk, which outlives the process. */
export class Browser {
  readonly profile: string
  context: BrowserContext
  /** What pages said on their consoles that looks like a fault; kept for the report of a failure. */
  readonly complaints: string[] = []
  readonly #launch: Launch

  private constructor(profile: string, context: BrowserContext, launch: Launch) {
    this.profile = profile
    this.#launch = launch
    this.context = context
    this.#listen()
  }

  /** Opens a browser on a new profile, or on one that another process left. */
  static async open(profile?: string, launch: Launch = {}): Promise<Browser> {
    const folder = profile ?? await mkdtemp(join(tmpdir(), 'mvdb-profile-'))
    return new Browser(folder, await launchChromium(folder, launch), launch)
  }

  #listen(): void {
    const note = (page: Page) => {
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) this.complaints.push(`${message.type()}: ${message.text()}`)
      })
      page.on('pageerror', error => this.complaints.push(`uncaught: ${error.message}`))
    }
    this.context.pages().forEach(note)
    this.context.on('page', note)
  }

  /** Kills every process of this browser with SIGKILL: nothing is flushed, nothing is said. */
  async kill(): Promise<void> {
    const closed = new Promise<void>(resolve => this.context.once('close', () => resolve()))
    for (const pid of processesOf(this.profile)) {
      try {
        process.kill(pid, 'SIGKILL')
      }
      catch {
        // Gone with its parent in the meantime.
      }
    }
    await closed
  }

  /** Starts a new browser process on the same profile. */
  async reopen(): Promise<void> {
    this.context = await launchChromium(this.profile, this.#launch)
    this.#listen()
  }

  async close(): Promise<void> {
    // A request that a scene looks into may be on its way still (the parts of other pages are fetched ahead).
    for (const holder of [...this.context.pages(), this.context]) await holder.unrouteAll({ behavior: 'ignoreErrors' }).catch(() => undefined)
    await this.context.close().catch(() => undefined)
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Process ids of the browser of a profile, found by their command line. */
export function processesOf(profile: string): number[] {
  if (!existsSync('/proc/self/cmdline')) {
    const listed = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' }).split('\n')
    return listed.filter(line => line.includes(profile)).map(line => Number.parseInt(line, 10)).filter(pid => pid !== process.pid)
  }
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(profile)
    }
    catch {
      return false
    }
  })
}
