// Runs every sequence on pglite-sync, in a process of its own: what it throws nobody can catch, and it may hang.
import { newPGlite } from '../../support/new-pglite'
import { Bench } from './bench'
import { killed, lossesOf } from './kills'
import { sequences } from './sequences'

process.on('uncaughtException', () => undefined)
process.on('unhandledRejection', () => undefined)
console.warn = console.error = () => undefined

const outcomes: Record<string, string> = {}
const pg = await newPGlite()
for (const { name, run } of sequences) {
  const bench = await Bench.open(pg, 'upstream', 1000)
  const outcome = run(bench).then(() => 'passes', (error: unknown) => `fails: ${error instanceof Error ? error.message : String(error)}`)
  outcomes[name] = await Promise.race([outcome, new Promise<string>(resolve => setTimeout(resolve, 4000, 'fails: it hangs'))])
  bench.close()
}
await pg.close()
for (const sequence of killed) {
  const losses = await lossesOf('upstream', sequence)
  outcomes[sequence.name] = losses.length === 0 ? 'passes' : `fails: ${losses.join('; ')}`
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0))
