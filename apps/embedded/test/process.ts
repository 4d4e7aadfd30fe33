// The stack as its own process, as a person starts it: for everything that ends by a kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { SECRET } from './stack.ts'

const EMBEDDED = fileURLToPath(new URL('../', import.meta.url))

export interface StackProcess {
  child: ChildProcess
  url: string
  pgPort: number
  appUrl: string
  ownerUrl: string
  /** What it has said so far for the person who runs it. */
  stderr(): string
  /** Sends a signal and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Runs main.ts with these flags; resolves to what it printed and how it ended. */
export async function runMain(flags: string[], stdin = ''): Promise<{ code: number | null, stdout: string, stderr: string }> {
  const child = spawnMain(flags)
  child.stdin?.end(stdin)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
  child.stderr?.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { code, stdout, stderr }
}

/** Starts the stack on a data folder and resolves when it is ready. */
export async function spawnStack(dataDir: string, flags: string[] = []): Promise<StackProcess> {
  const child = spawnMain(['--port', '0', '--pg-port', '0', '--data', dataDir, '--secret', SECRET, '--json', '--stop-with-parent', ...flags])
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const line = await new Promise<string>((resolve, reject) => {
    if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', code => reject(new Error(`the stack ended with ${code}: ${stderr}`)))
  })
  const addresses = JSON.parse(line) as Pick<StackProcess, 'url' | 'pgPort' | 'appUrl' | 'ownerUrl'>
  const end = async (signal: NodeJS.Signals): Promise<number | null> => await new Promise((resolve) => {
    child.removeAllListeners('exit')
    child.once('exit', resolve)
    child.kill(signal)
  })
  return { child, ...addresses, stderr: () => stderr, end }
}

/** Starts main.ts. `node --import tsx` keeps one process: a signal to it is a signal to the stack. */
export function spawnMain(flags: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', path.join(EMBEDDED, 'main.ts'), ...flags], { cwd: EMBEDDED, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Waits until a condition holds; fails with its name after the time. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}
