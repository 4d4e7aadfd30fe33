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
  'runs': { kind: 'number', help: 'how many stories, 10 where not given' },
  'seed': { kind: 'number', least: 0, help: 'of the first one, 1 where not given' },
  'side-by-side': { kind: 'number', most: 16, help: 'how many are told at once, each on a stack of its own; 1 where not given' },
  'again': { kind: 'switch', help: 'also those that went right with this commit' },
} as const

interface Given { runs: number, seed: number, sideBySide: number, again: boolean }

async function run(given: Given): Promise<number> {
  process.env.CHROMIUM_PATH = await findBrowser()
  const results = new FaultResults('faults.jsonl')
  const { seeds, before } = seedsOf(given, results)
  const wanted = seeds.length
  process.stdout.write(`${results.commit}: seeds ${given.seed} to ${given.seed + given.runs - 1}${before ? `, ${before} of them told before` : ''}\n`)
  const began = performance.now()
  const wrong = await Promise.all(Array.from({ length: given.sideBySide }, () => tellOn(seeds, results)))
  const failed = wrong.reduce((sum, one) => sum + one, 0)
  process.stdout.write(`${wanted + before} stories, ${failed} wrong, ${((performance.now() - began) / 1000 / Math.max(1, wanted)).toFixed(1)} seconds a story\n`)
  return failed === 0 ? 0 : 1
}

/** Tells one seed after another on a stack of its own, until none is left. Answers how many went wrong. */
async function tellOn(seeds: number[], results: FaultResults): Promise<number> {
  const stack = await Stack.start()
  let wrong = 0
  try {
    await stack.script('scripts/seed-demo.ts')
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
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
  return wrong
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
await runMain((argv) => {
  const { runs = 10, seed = 1, again = false, 'side-by-side': sideBySide = 1 } = readFlags(argv, FLAGS, 'pnpm faults')
  return run({ runs, seed, sideBySide, again })
})
// A browser or a stack that a story left behind does not keep the command open.
process.exit()
