import { spawn } from 'node:child_process'
import { ROOT } from './paths.mjs'

const WRAPPER = `${ROOT}/scripts/lib/run-with-parent.mjs`
/** How much of a command's output is kept to be shown when it fails. */
const KEPT_CHARACTERS = 400_000

/** This Node with TypeScript understood; one process, where the tsx command would be two. */
export const nodeWithTypeScript = ['--import', 'tsx']

/**
 * Runs a command to its end, quietly; it and what it starts end with this process.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, timeoutMs?: number }} [options] env is added to ours; undefined takes away
 * @returns {Promise<{ code: number, output: string, timedOut: boolean }>} output is stdout and stderr as they came
 */
export function run(command, args, { cwd = ROOT, env = {}, timeoutMs = 600_000 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [WRAPPER, command, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk) => { output = (output + chunk).slice(-KEPT_CHARACTERS) }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.stdin.on('error', () => {})
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      child.stdin.end()
    }, timeoutMs)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: timedOut ? 1 : code ?? 1, output, timedOut })
    })
  })
}

/**
 * Says what is being done; a step that takes long says so every ten seconds, so that nobody takes it for stuck.
 * @template T
 * @param {string} what such as `Installing the packages`
 * @param {() => Promise<T>} work
 * @param {(line: string) => void} [say]
 * @returns {Promise<T>}
 */
export async function step(what, work, say = line => console.log(line)) {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  say(`${what} …`)
  const timer = setInterval(() => say(`${what} … ${seconds()} s`), 10_000)
  try { return await work() }
  finally { clearInterval(timer) }
}

/** The last lines of a long output. */
export const tail = (text, lines = 40) => text.trimEnd().split('\n').slice(-lines).join('\n')
