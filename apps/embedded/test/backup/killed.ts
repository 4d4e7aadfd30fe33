import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('command.ts', import.meta.url))

/** Runs a command of `command.ts`, and kills it as soon as `when` resolves. Out: whether it ended by itself before. */
export async function runUntil(args: string[], when: (ended: () => boolean) => Promise<unknown>): Promise<{ killed: boolean, code: number | null, said: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', COMMAND, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  await Promise.race([ended, when(hasEnded)])
  const killed = child.kill('SIGKILL')
  await ended
  return { killed, code: child.exitCode, said }
}

export function never(): Promise<never> {
  return new Promise(() => {})
}
