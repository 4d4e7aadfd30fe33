import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FormPage } from '../support/page'
import { until } from '../support/wait'
import { familyOf } from './processes'

/** A page, as far as the scenes of every engine use one. */
export interface EnginePage extends FormPage {
  reload(): Promise<void>
  close(): Promise<void>
}

/** A browser process that runs. */
export interface Running {
  /** Name and version, as the browser itself says them. */
  readonly version: string
  /** What it printed, for the report of a failure. */
  output?(): string
  newPage(): Promise<EnginePage>
  /** Ends it as a person does, so that it writes what it holds. */
  close(): Promise<void>
  /** Tidies up behind a browser that was killed. */
  abandon(): Promise<void>
}

/** How one engine is started on a profile folder, new or kept. */
export type Engine = (profile: string) => Promise<Running>

/** A browser of any engine, with a profile on disk that outlives the process. */
export class EngineBrowser {
  readonly profile: string
  readonly #engine: Engine
  #running: Running | undefined

  private constructor(profile: string, engine: Engine) {
    this.profile = profile
    this.#engine = engine
  }

  static async open(engine: Engine): Promise<EngineBrowser> {
    const browser = new EngineBrowser(await mkdtemp(join(tmpdir(), 'mvdb-engine-')), engine)
    await browser.reopen()
    return browser
  }

  get version(): string {
    return this.#process.version
  }

  get output(): string {
    return this.#running?.output?.() ?? ''
  }

  newPage(): Promise<EnginePage> {
    return this.#process.newPage()
  }

  async reopen(): Promise<void> {
    this.#running = await this.#engine(this.profile)
  }

  /** Ends the browser and waits until none of its processes is left: then all it held is on the disk. */
  async close(): Promise<void> {
    const family = familyOf(this.profile)
    await this.#running?.close()
    this.#running = undefined
    await until('the browser has ended', () => familyOf(this.profile, family).length === 0)
  }

  /** Kills every process of this browser with SIGKILL: nothing is flushed, nothing is said. */
  async kill(): Promise<void> {
    const family = familyOf(this.profile)
    for (const pid of family) killed(pid)
    await until('the killed browser is gone', () => familyOf(this.profile, family).length === 0)
    await this.#running?.abandon()
    this.#running = undefined
  }

  async dispose(): Promise<void> {
    await this.close().catch(() => this.kill())
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }

  get #process(): Running {
    if (!this.#running) throw new Error('the browser is closed')
    return this.#running
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  }
  catch {
    // Gone with its parent in the meantime.
  }
}
