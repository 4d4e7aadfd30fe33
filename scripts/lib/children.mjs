import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { Refusal } from './command.mjs'
import { ROOT } from './paths.mjs'

/**
 * @typedef {object} Child a long-running part of the stack
 * @property {Promise<string>} ended how it ended, in words; never rejects
 * @property {() => boolean} isRunning
 * @property {() => string} lastLines what it said last
 * @property {() => Promise<void>} stop asks it to end, and makes it end when it does not in time
 */

/**
 * Starts a part of the stack as a process group of its own, so that a terminal's Ctrl-C reaches the launcher only and
 * the parts stop in order. The child watches its stdin: it ends when the launcher does, however that ends.
 * @param {{ name: string, args: string[], env: Record<string, string | undefined>, cwd?: string, logFile?: string, onLine?: (line: string) => void, graceMs?: number }} options
 *   args are Node's; env is added to ours; without `logFile` it writes to our own stdout and stderr
 * @returns {Child}
 */
export function startChild({ name, args, env, cwd = ROOT, logFile, onLine, graceMs = 10_000 }) {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const recent = []
  if (logFile !== undefined) mkdirSync(dirname(logFile), { recursive: true })
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a', mode: 0o600 })
  const listen = (stream, own) => createInterface({ input: stream }).on('line', (line) => {
    if (onLine?.(line)) return
    recent.push(line)
    if (recent.length > 40) recent.shift()
    const out = log ?? own
    out.write(`${line}\n`)
  })
  listen(child.stdout, process.stdout)
  listen(child.stderr, process.stderr)
  child.stdin.on('error', () => {})

  const ended = new Promise((resolve) => {
    child.once('error', error => resolve(`${name} could not be started (${error.code})`))
    child.once('close', (code, signal) => resolve(`${name} ended ${signal === null ? `with code ${code}` : `by ${signal}`}`))
  })
  ended.then(() => log?.end())
  const isRunning = () => child.exitCode === null && child.signalCode === null
  return {
    ended,
    isRunning,
    lastLines: () => recent.join('\n'),
    stop: async () => {
      if (isRunning()) {
        child.kill('SIGTERM')
        await Promise.race([ended, delay(graceMs, undefined, { ref: false })])
      }
      if (isRunning()) endGroup(child.pid)
      await ended
    },
  }
}

/**
 * Runs a part that ends by itself, such as making the demo data, and refuses to go on when it fails.
 * @param {Parameters<typeof startChild>[0]} options
 */
export async function runChild(options) {
  const child = startChild(options)
  const how = await child.ended
  if (how !== `${options.name} ended with code 0`) throw new Refusal(`${child.lastLines()}\n${how} (above is what it said).`.trimStart())
}

function endGroup(pid) {
  try { process.kill(-pid, 'SIGKILL') }
  catch { /* it has ended meanwhile */ }
}

/**
 * Waits until a part is ready, or says why it is not: what it said last, and in one sentence how it ended.
 * @template T
 * @param {Child} child
 * @param {Promise<T>} ready
 * @param {{ name: string, timeoutMs: number }} what
 * @returns {Promise<T>}
 */
export async function untilReady(child, ready, { name, timeoutMs }) {
  const dead = child.ended.then((how) => { throw new Refusal(`${child.lastLines()}\n${how} before it was ready (above is what it said).`.trimStart()) })
  dead.catch(() => {})
  const late = delay(timeoutMs, undefined, { ref: false }).then(() => {
    throw new Refusal(`${child.lastLines()}\n${name} was not ready after ${timeoutMs / 1000} s (above is what it said).`.trimStart())
  })
  late.catch(() => {})
  return Promise.race([ready, dead, late])
}
