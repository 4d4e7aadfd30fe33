// `pnpm faults:sim`, and `pnpm soak:writes` for people who edit: stories of faults, told by the worker's own code in Node against the real server (docs/decisions/0015-faults.md).
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Said } from '../apps/web/test/faults/simulated.ts'
import { Refusal, runMain } from './lib/command.mjs'
import { FaultResults, seedsOf } from './lib/fault-results.ts'
import { readFlags } from './lib/flags.mjs'

const TELLER = 'apps/web/test/faults/simulated.ts'
const root = fileURLToPath(new URL('../', import.meta.url))

const FLAGS = {
  'runs': { kind: 'number', help: 'how many stories, 300 where not given' },
  'seed': { kind: 'number', least: 0, help: 'of the first one, 1 where not given' },
  'processes': { kind: 'number', most: 64, help: 'that tell at once, 2 where not given' },
  'writing': { kind: 'switch', help: 'of people who edit: `pnpm soak:writes`' },
  'again': { kind: 'switch', help: 'also those that went right with this commit' },
  'no-shrink': { kind: 'switch', help: 'leave a wrong story as long as it is' },
  'replay': { kind: 'text', help: 'a file test-results/faults/SEED.told.json to tell again' },
} as const

interface Given { runs: number, seed: number, processes: number, again: boolean, shrinks: boolean, writing: boolean }

async function run(given: Given): Promise<number> {
  const results = new FaultResults(given.writing ? 'soak-writes.jsonl' : 'faults-sim.jsonl')
  const { seeds, before } = seedsOf(given, results)
  const wanted = seeds.length
  process.stdout.write(`${results.commit}: seeds ${given.seed} to ${given.seed + given.runs - 1}${before ? `, ${before} of them told before` : ''}\n`)
  const said: Said[] = []
  const began = performance.now()
  const hear = (one: Said) => {
    said.push(one)
    results.add(one.seed, one.outcome, one.ms)
    if (one.outcome === 'wrong') process.stdout.write(`seed ${one.seed} went wrong: ${one.wrong.map(({ kind, who, text }) => `${kind}, ${who}: ${text}`).join('; ')}\n  ${one.story}\n`)
    else if (said.length % 100 === 0) process.stdout.write(`${said.length} of ${wanted}\n`)
  }
  const codes = await Promise.all(Array.from({ length: given.processes }, () => tellIn(seeds, [...given.shrinks ? [] : ['--no-shrink'], ...given.writing ? ['--writing'] : []], hear)))
  const seconds = (performance.now() - began) / 1000
  const wrong = said.filter(one => one.outcome === 'wrong')
  const count = (kind: string) => wrong.filter(one => one.wrong.some(found => found.kind === kind)).length
  process.stdout.write(`${said.length + before} stories, ${count('lost')} lost, ${count('doubled')} doubled, ${count('foreign')} foreign, ${wrong.length} wrong in any way, ${(seconds / Math.max(1, said.length)).toFixed(2)} seconds a story\n`)
  const isWhole = said.length === wanted && codes.every(code => code === 0)
  if (!isWhole) process.stdout.write('A process ended early: start it again, and it goes on from here.\n')
  return wrong.length === 0 && isWhole ? 0 : 1
}

/** One process, which is given the next seed when it asks for it. Answers how it ended. */
async function tellIn(seeds: number[], flags: readonly string[], hear: (said: Said) => void): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', TELLER, ...flags], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<number>(resolve => child.once('exit', code => resolve(code ?? 1)))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue
    const message = JSON.parse(line) as Said | { next: true }
    if (!('next' in message)) {
      hear(message)
      continue
    }
    const seed = seeds.shift()
    if (seed === undefined) child.stdin.end()
    else child.stdin.write(`${seed}\n`)
  }
  return ended
}

/** Tells one story again from what was answered then. */
function retell(file: string): number {
  return spawnSync(process.execPath, ['--import', 'tsx', TELLER, '--replay', file], { cwd: root, stdio: 'inherit' }).status ?? 1
}

await runMain((argv) => {
  const { runs = 300, seed = 1, processes = 2, again = false, writing = false, 'no-shrink': asIs = false, replay } = readFlags(argv, FLAGS, argv.includes('--writing') ? 'pnpm soak:writes' : 'pnpm faults:sim')
  if (replay === undefined) return run({ runs, seed, processes, again, shrinks: !asIs, writing })
  if (!existsSync(replay)) throw new Refusal(`There is no file ${replay}: --replay takes a story that was told.`)
  return retell(replay)
})
