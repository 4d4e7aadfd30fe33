// `pnpm faults`: stories of faults with real browsers, a real server and a real stack (docs/decisions/0015-faults.md).
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { realStoryOf } from '../apps/web/test/faults/real/real-story.ts'
import { tellReal } from '../apps/web/test/faults/real/tell-real.ts'
import { Stack } from '../apps/web/test/support/stack.ts'
import { findBrowser } from './lib/browser.mjs'
import { FaultResults, seedsOf, wholeNumber } from './lib/fault-results.ts'

const USAGE = 'pnpm faults [--runs 10] [--seed 1] [--again]'
const folder = fileURLToPath(new URL('../test-results/faults/', import.meta.url))

interface Flags { runs: number, seed: number, again: boolean }

function flags(): Flags {
  try {
    const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' }, again: { type: 'boolean', default: false } } })
    return { runs: wholeNumber(values.runs), seed: wholeNumber(values.seed), again: values.again }
  }
  catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
    process.exit(2)
  }
}

async function run(given: Flags): Promise<number> {
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
process.exit(await run(flags()))
