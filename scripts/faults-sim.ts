// `pnpm faults:sim`: stories of faults, told by the worker's own code in Node against the real server (docs/decisions/0015-faults.md).
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import type { Said } from '../apps/web/test/faults/simulated.ts'
import { FaultResults, seedsOf, wholeNumber } from './lib/fault-results.ts'

const USAGE = 'pnpm faults:sim [--runs 300] [--seed 1] [--processes 2] [--again] [--no-shrink]\n       pnpm faults:sim --replay test-results/faults/SEED.told.json'
const TELLER = 'apps/web/test/faults/simulated.ts'
const root = fileURLToPath(new URL('../', import.meta.url))

interface Flags { runs: number, seed: number, processes: number, again: boolean, shrinks: boolean, replay: string | undefined }

function flags(): Flags {
  try {
    const { values } = parseArgs({ options: {
      'runs': { type: 'string', default: '300' }, 'seed': { type: 'string', default: '1' }, 'processes': { type: 'string', default: '2' },
      'again': { type: 'boolean', default: false }, 'no-shrink': { type: 'boolean', default: false }, 'replay': { type: 'string' },
    } })
    return {
      runs: wholeNumber(values.runs), seed: wholeNumber(values.seed), processes: Math.max(1, wholeNumber(values.processes)),
      again: values.again, shrinks: !values['no-shrink'], replay: values.replay,
    }
  }
  catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
    process.exit(2)
  }
}

async function run(given: Flags): Promise<number> {
  const results = new FaultResults('faults-sim.jsonl')
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
  const codes = await Promise.all(Array.from({ length: given.processes }, () => tellIn(seeds, given.shrinks, hear)))
  const seconds = (performance.now() - began) / 1000
  const wrong = said.filter(one => one.outcome === 'wrong')
  const count = (kind: string) => wrong.filter(one => one.wrong.some(found => found.kind === kind)).length
  process.stdout.write(`${said.length + before} stories, ${count('lost')} lost, ${count('doubled')} doubled, ${count('foreign')} foreign, ${wrong.length} wrong in any way, ${(seconds / Math.max(1, said.length)).toFixed(2)} seconds a story\n`)
  const isWhole = said.length === wanted && codes.every(code => code === 0)
  if (!isWhole) process.stdout.write('A process ended early: start it again, and it goes on from here.\n')
  return wrong.length === 0 && isWhole ? 0 : 1
}

/** One process, which is given the next seed when it asks for it. Answers how it ended. */
async function tellIn(seeds: number[], shrinks: boolean, hear: (said: Said) => void): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', TELLER, ...shrinks ? [] : ['--no-shrink']], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
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

const given = flags()
process.exitCode = given.replay === undefined ? await run(given) : retell(given.replay)
