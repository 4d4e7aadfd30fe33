// Runs a command of someone else's (pnpm, a build) in a process group of its own and ends the whole group when the
// launcher is gone, which shows as the end of stdin: `node run-with-parent.mjs COMMAND ARGUMENT…`.
import { spawn } from 'node:child_process'

const [command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
const endGroup = (signal) => {
  try { process.kill(-child.pid, signal) }
  catch { /* it has ended already */ }
}
const end = () => {
  endGroup('SIGTERM')
  setTimeout(() => endGroup('SIGKILL'), 2000).unref()
}
process.stdin.on('end', end)
process.stdin.resume()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
child.on('error', (error) => {
  console.error(`${command} could not be started (${error.code}).`)
  process.exit(127)
})
child.on('close', (code, signal) => {
  // What it left behind in its group ends with it.
  endGroup('SIGKILL')
  process.exit(code ?? (signal === null ? 1 : 128))
})
