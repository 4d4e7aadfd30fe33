// `pnpm embedded`: the stack alone, from the command line.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { HELP, readArguments } from './arguments.ts'
import { StackError } from './errors.ts'
import { log } from './logging.ts'
import { startEmbedded } from './start.ts'

const DEFAULT_DATA = fileURLToPath(new URL('../../.data/', import.meta.url))

const STOP_TIMEOUT_MS = 20_000

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  if (args.help) {
    process.stdout.write(HELP)
    return
  }
  const dataDir = path.resolve(args.dataDir ?? DEFAULT_DATA)
  mkdirSync(dataDir, { recursive: true })
  // One turn later: making a cluster blocks, and the signals below must be heard from before that on.
  const started = Promise.resolve().then(() => startEmbedded({
    port: args.port, pgPort: args.pgPort, dataDir, insecure: args.insecure,
    ...(args.secret === undefined ? {} : { secret: args.secret }), ...(args.password === undefined ? {} : { password: args.password }),
  }))
  // Asked while it is still starting, it stops as soon as there is something to stop.
  const stop = (): void => {
    // Whatever hangs, this process ends, and with its pipe the server's supervisor learns of it.
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
    void started.then(stack => stack.stop()).then(() => process.exit(0), () => process.exit(1))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  if (args.stopWithParent) watchParent(stop)
  const stack = await started
  if (stack.placedOutside) log.info(`PostgreSQL's data is in ${stack.placedOutside}, where the server's user can reach it; it is used again at the next start.`)
  if (args.json) {
    const { url, pgPort, appUrl, ownerUrl, placedOutside } = stack
    process.stdout.write(`${JSON.stringify({ url, pgPort, appUrl, ownerUrl, placedOutside })}\n`)
  }
  else {
    process.stdout.write(`Shapes on ${stack.url}/v1/shape, PostgreSQL on 127.0.0.1:${stack.pgPort} (database electric), data in ${dataDir}. Ctrl-C stops both.\n`)
  }
}

/** A launcher holds our stdin open as long as it lives, however it ends. */
function watchParent(stop: () => void): void {
  process.stdin.on('end', stop)
  process.stdin.on('close', stop)
  process.stdin.on('error', stop)
  process.stdin.resume()
}

try {
  await main()
}
catch (error) {
  if (error instanceof StackError) process.stderr.write(`${error.message}\n`)
  else log.error(error)
  process.exit(1)
}
