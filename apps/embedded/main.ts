// `pnpm embedded`: the stack alone, from the command line.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Arguments, HELP, readArguments } from './arguments.ts'
import { StackError } from './errors.ts'
import { log } from './logging.ts'
import { startEmbedded } from './start.ts'
import { startGiven } from './start-given.ts'

const DEFAULT_DATA = fileURLToPath(new URL('../../.data/', import.meta.url))
const DEFAULT_GIVEN_DATA = path.join(DEFAULT_DATA, 'given')

const STOP_TIMEOUT_MS = 20_000

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  if (args.help) {
    process.stdout.write(HELP)
    return
  }
  const dataDir = path.resolve(args.dataDir ?? (args.databaseUrl === undefined ? DEFAULT_DATA : DEFAULT_GIVEN_DATA))
  mkdirSync(dataDir, { recursive: true })
  // One turn later: making a cluster blocks, and the signals below must be heard from before that on.
  const started = Promise.resolve().then(() => start(args, dataDir))
  // Asked while it is still starting, it stops as soon as there is something to stop.
  const stop = (): void => {
    // Whatever hangs, this process ends, and with its pipe the server's supervisor learns of it.
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
    void started.then(stack => stack.stop()).then(() => process.exit(0), () => process.exit(1))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  if (args.stopWithParent) watchParent(stop)
  const { facts, said } = await started
  process.stdout.write(args.json ? `${JSON.stringify(facts)}\n` : `${said}\n`)
}

interface Started {
  /** For programs, and for people. */
  facts: object
  said: string
  stop(): Promise<void>
}

async function start(args: Arguments, dataDir: string): Promise<Started> {
  const options = { port: args.port, dataDir, insecure: args.insecure, ...(args.secret === undefined ? {} : { secret: args.secret }) }
  if (args.databaseUrl !== undefined) {
    const { url, place, stop } = await startGiven({ ...options, databaseUrl: args.databaseUrl })
    return { facts: { url }, said: `Shapes on ${url}/v1/shape, from PostgreSQL at ${place}, kept in ${dataDir}. Ctrl-C stops them.`, stop }
  }
  const stack = await startEmbedded({ ...options, pgPort: args.pgPort, ...(args.password === undefined ? {} : { password: args.password }) })
  const { url, pgPort, appUrl, ownerUrl, placedOutside } = stack
  if (placedOutside) log.info(`PostgreSQL's data is in ${placedOutside}, where the server's user can reach it; it is used again at the next start.`)
  return {
    facts: { url, pgPort, appUrl, ownerUrl, placedOutside },
    said: `Shapes on ${url}/v1/shape, PostgreSQL on 127.0.0.1:${pgPort} (database electric), data in ${dataDir}. Ctrl-C stops both.`,
    stop: () => stack.stop(),
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
