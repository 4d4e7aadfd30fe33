// `pnpm faults`: stories of faults with real browsers, a real server and a real stack (docs/decisions/0015-faults.md).
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { realStoryOf } from '../apps/web/test/faults/real/real-story.ts'
import { tellReal } from '../apps/web/test/faults/real/tell-real.ts'
import { Stack } from '../apps/web/test/support/stack.ts'
import { findBrowser } from './lib/browser.mjs'
import { runMain } from './lib/command.mjs'
import { FaultResults, seedsOf } from './lib/fault-results.ts'
import { readFlags } from './lib/flags.mjs'

const folder = fileURLToPath(new URL('../test-results/faults/', import.meta.url))

const FLAGS = {
  runs: { kind: 'number', help: 'how many stories, 10 where not given' },
  seed: { kind: 'number', least: 0, help: 'of the first one, 1 where not given' },
  again: { kind: 'switch', help: 'also those that went right with this commit' },
} as const

interface Given { runs: number, seed: number, again: boolean }

async function run(given: Given): Promise<number> {
  process.env.CHROMIUM_PATH = await findBrowser()
  const results = new FaultResults('faults.jsonl')
  const { seeds, before } = seedsOf(given, results)
  process.stdout.write(`${results.commit}: seeds ${given.seed} to ${given.seed + given.runs - 1}${before ? `, ${before} of them told before` : ''}\n`)
  const stack = await Stack.start()
  const began = performance.now()
  let wrong = 0
  try {
    await stack.script('scripts/seed-demo.ts')
    for (const seed of seeds) {
      const since = performance.now()
      const failure = await tellReal(stack, realStoryOf(seed)).then(() => undefined, (error: unknown) => error instanceof Error ? error.message : String(error))
      const ms = Math.round(performance.now() - since)
      results.add(seed, failure === undefined ? 'right' : 'wrong', ms)
      process.stdout.write(`seed ${seed}: ${failure === undefined ? 'right' : 'WRONG'}, ${(ms / 1000).toFixed(1)} s\n`)
      if (failure === undefined) continue
      wrong++
      mkdirSync(folder, { recursive: true })
      writeFileSync(`${folder}real-${seed}.txt`, `${failure}\n${JSON.stringify(realStoryOf(seed), null, 1)}\n`)
      process.stdout.write(`  ${failure.split('\n').slice(0, 8).join('\n  ')}\n  ${folder}real-${seed}.txt\n`)
    }
  }
  finally {
    await stack.stop()
  }
  process.stdout.write(`${seeds.length + before} stories, ${wrong} wrong, ${((performance.now() - began) / 1000 / Math.max(1, seeds.length)).toFixed(1)} seconds a story\n`)
  return wrong === 0 ? 0 : 1
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
await runMain((argv) => {
  const { runs = 10, seed = 1, again = false } = readFlags(argv, FLAGS, 'pnpm faults')
  return run({ runs, seed, again })
})
// A browser or a stack that a story left behind does not keep the command open.
process.exit()
