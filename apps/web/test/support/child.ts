import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A started process whose output is kept, and which can be ended in any way a machine ends one. */
export class Child {
  readonly #process: ChildProcess
  readonly #name: string
  #output = ''
  #errors = ''

  constructor(name: string, command: string, args: string[], options: { cwd: string, env?: NodeJS.ProcessEnv }) {
    this.#name = name
    // stdin stays an open pipe: the embedded stack stops when it closes, so that nothing outlives a killed test run.
    this.#process = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#process.stdout?.on('data', (chunk: Buffer) => { this.#output += chunk.toString() })
    this.#process.stderr?.on('data', (chunk: Buffer) => { this.#errors += chunk.toString() })
    this.#process.on('error', (error) => { this.#errors += error.message })
    const kill = () => this.#process.kill('SIGKILL')
    process.once('exit', kill)
    this.#process.once('exit', () => process.removeListener('exit', kill))
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  /** Everything it printed, for a failure's report. */
  get output(): string {
    return `${this.#output}\n${this.#errors}`
  }

  get stdout(): string {
    return this.#output
  }

  /** Waits for something that the process brings about; fails at once when the process ends first. */
  async ready<T>(what: string, ask: () => Promise<T> | T, deadline = 60_000): Promise<NonNullable<Exclude<T, false>>> {
    const end = Date.now() + deadline
    for (;;) {
      const answer = await ask()
      if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>
      if (this.ended || Date.now() > end) {
        throw new Error(`${this.#name} ${this.ended ? 'ended' : 'ran out of time'} before ${what}:\n${this.output.slice(-4_000)}`)
      }
      await new Promise(resolve => setTimeout(resolve, 30))
    }
  }

  /** Waits for its end; throws with what it printed when it did not end well. */
  async exited(): Promise<void> {
    if (!this.ended) await new Promise<void>(resolve => this.#process.once('exit', () => resolve()))
    if (this.#process.exitCode !== 0) throw new Error(`${this.#name} failed:\n${this.output.slice(-4_000)}`)
  }

  /** Sends a signal and waits for nothing. */
  signal(signal: 'SIGTERM' | 'SIGINT'): void {
    this.#process.kill(signal)
  }

  /** Sends the signal and waits for the end; SIGKILL follows when nothing happens for ten seconds. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.ended) return
    const gone = new Promise<void>(resolve => this.#process.once('exit', () => resolve()))
    const force = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
    this.#process.kill(signal)
    await gone
    clearTimeout(force)
  }
}

/** Below what Linux gives to outgoing connections (32768), above what Chromium refuses (10080). */
const PORTS = { first: 11_000, count: 20_000 }
const taken: string[] = []
process.once('exit', () => { for (const file of taken) rmSync(file, { force: true }) })

/**
 * A port that nobody listens on and no other process of the tests has been given: files run side by side, and between the
 * look and the listening seconds pass. Two that got the same one asked each other's database.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    const file = join(tmpdir(), `mvdb-port-${port}`)
    try {
      closeSync(openSync(file, 'wx'))
    }
    catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw error
    }
    taken.push(file)
    if (await isFree(port)) return port
  }
}

const isFree = (port: number) => new Promise<boolean>((resolve) => {
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
})
