// `pnpm soak:shapes`: eight writers and Electric's client against the embedded stack, for as long as one likes.
import { soak, wrongIn } from '../apps/embedded/test/client/soak.ts'
import { removeFolder, temporaryFolder } from '../apps/embedded/test/stack.ts'
import { runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'

const FLAGS = {
  seconds: { kind: 'number', help: 'how long they write, 60 where not given' },
  seed: { kind: 'number', least: 0, help: 'decides what they write' },
  writers: { kind: 'number', most: 100, help: '8 where not given' },
  kills: { kind: 'number', least: 0, most: 1000, help: 'of the stack meanwhile, none where not given' },
} as const

await runMain(async (argv) => {
  const { seconds = 60, seed = Date.now() % 1_000_000, writers = 8, kills = 0 } = readFlags(argv, FLAGS, 'pnpm soak:shapes')
  process.stdout.write(`seed ${seed}: ${writers} writers for ${seconds} s, the stack killed ${kills} times\n`)
  const dataDir = temporaryFolder()
  try {
    const result = await soak({
      seconds, seed, writers, dataDir, ...(kills ? { restarts: { times: kills, signal: 'SIGKILL' as const } } : {}), say: line => process.stdout.write(`${line}\n`),
    })
    process.stdout.write(`${result.committed} transactions committed, ${result.refused} refused, ${result.reconnected} broken connections; equal after ${result.settledMs} ms\n`)
    const wrong = wrongIn(result)
    for (const line of wrong) process.stdout.write(`${line}\n`)
    return wrong.length > 0 ? 1 : 0
  }
  finally {
    removeFolder(dataDir)
  }
})
