// The parent of the server: `node supervisor.mjs <json>`. It lives as long as its stdin is open.
//
// A process that is SIGKILLed cannot stop its children. The kernel does close its pipes, so this small process
// holds the other end of one: when it closes, for whatever reason, the server is stopped in order (SIGINT, fast
// shutdown), then by force. Plain JavaScript: a TypeScript loader would cost more memory than the process itself.
import { spawn } from 'node:child_process'

const { command, args, ids } = JSON.parse(process.argv[2] ?? '{}')
const server = spawn(command, args, { ...ids, cwd: '/', stdio: ['ignore', 'inherit', 'inherit'] })
let stopping = false

function stop() {
  if (stopping) return
  stopping = true
  server.kill('SIGINT')
  setTimeout(() => server.kill('SIGQUIT'), 5_000).unref()
  setTimeout(() => server.kill('SIGKILL'), 10_000).unref()
}

process.stdin.on('end', stop)
process.stdin.on('close', stop)
process.stdin.on('error', stop)
process.stdin.resume()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
server.on('exit', (code) => {
  process.exit(code ?? 1)
})
