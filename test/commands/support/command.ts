import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')

export interface Environment { [name: string]: string | undefined }

/** What the tests' own surroundings set and a person's shell does not. */
const NOT_A_PERSONS: Environment = { NODE_ENV: undefined, VITEST: undefined, npm_lifecycle_event: undefined, DATABASE_URL: undefined, ELECTRIC_URL: undefined, ELECTRIC_API_KEY: undefined, PORT: undefined, HOST: undefined }

/** A command that runs: what it has printed so far, and how it ends. */
export class Running {
  output = ''
  readonly child: ChildProcess
  readonly ended: Promise<number | null>

  constructor(args: string[], env: Environment = {}, cwd = ROOT, program = process.execPath) {
    this.child = spawn(program, args, { cwd, env: { ...process.env, ...NOT_A_PERSONS, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => { this.output += chunk })
    this.ended = new Promise(resolve => this.child.once('close', code => resolve(code)))
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the command did not start')
    return this.child.pid
  }

  /** Resolves to what the pattern's first group caught, as soon as the output holds it. */
  async until(pattern: RegExp, timeoutMs = 45_000): Promise<string> {
    let over = false
    void this.ended.then(() => { over = true })
    await eventually(`${pattern} in the output`, () => pattern.test(this.output) || over, timeoutMs).catch(() => undefined)
    const found = pattern.exec(this.output)
    if (!found) throw new Error(`${pattern} was never said (${over ? 'the command ended' : 'the command still runs'}):\n${this.output}`)
    return found[1] ?? found[0]
  }
}

/** Runs a command to its end. */
export async function runCommand(args: string[], env: Environment = {}): Promise<{ code: number | null, output: string }> {
  const running = new Running(args, env)
  const code = await running.ended
  return { code, output: running.output }
}

/** Polls a condition to its deadline. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** A data folder for one test, and what takes it away with everything that was placed outside it. */
export function dataFolder(): { folder: string, remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'mvdb-commands-'))
  return {
    folder,
    remove: () => {
      removePlaced(folder)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** As root in a closed folder, PostgreSQL's data lie elsewhere, in a folder of their own; placement.json says where. */
export function removePlaced(dataDir: string): void {
  try {
    const { data } = JSON.parse(readFileSync(join(dataDir, 'placement.json'), 'utf8')) as { data: string }
    if (!data.startsWith(dataDir)) rmSync(dirname(data), { recursive: true, force: true })
  }
  catch { /* nothing was placed */ }
}
