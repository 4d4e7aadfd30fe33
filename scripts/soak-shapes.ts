// `pnpm soak:shapes`: eight writers and Electric's client against the embedded stack, for as long as one likes.
import { parseArgs } from 'node:util'
import { soak } from '../apps/embedded/test/client/soak.ts'
import { removeFolder, temporaryFolder } from '../apps/embedded/test/stack.ts'

const USAGE = 'pnpm soak:shapes [--seconds 60] [--seed N] [--writers 8] [--kills 0]'

try {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, writers: { type: 'string', default: '8' }, kills: { type: 'string', default: '0' } },
  })
  const [seconds, writers, kills, seed] = [values.seconds, values.writers, values.kills, values.seed ?? String(Date.now() % 1_000_000)].map(numberOf)
  await run({ seconds: seconds ?? 60, writers: writers ?? 8, kills: kills ?? 0, seed: seed ?? 0 })
}
catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
  process.exit(2)
}

async function run({ seconds, writers, kills, seed }: { seconds: number, writers: number, kills: number, seed: number }): Promise<void> {
  process.stdout.write(`seed ${seed}: ${writers} writers for ${seconds} s, the stack killed ${kills} times\n`)
  const dataDir = temporaryFolder()
  try {
    const result = await soak({
      seconds, seed, writers, dataDir, ...(kills ? { restarts: { times: kills, signal: 'SIGKILL' as const } } : {}), say: line => process.stdout.write(`${line}\n`),
    })
    process.stdout.write(`${result.committed} transactions committed, ${result.refused} refused, ${result.reconnected} broken connections; equal after ${result.settledMs} ms\n`)
    for (const difference of result.differences) process.stdout.write(`DIFFERENT ${difference}\n`)
    process.exitCode = result.differences.length ? 1 : 0
  }
  finally {
    removeFolder(dataDir)
  }
}

function numberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${text} is not a number.`)
  return Number(text)
}
