import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** One line of a file of results: the outcome of a seed with one state of the code. */
export interface FaultResult {
  commit: string
  seed: number
  outcome: 'right' | 'wrong'
  ms: number
}

/** A file of results that runs of one commit add to, so that a run that was broken off goes on where it stopped. */
export class FaultResults {
  readonly #file: string
  /** The state of the code; with a plus where something of it is not committed. */
  readonly commit: string

  /** @param name of the file in test-results */
  constructor(name: string) {
    this.#file = `${root}test-results/${name}`
    const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
    const changed = git('status', '--porcelain', 'apps/web/worker', 'apps/web/shared', 'apps/web/server', 'apps/web/app', 'apps/web/form', 'apps/embedded')
    this.commit = `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`
  }

  /** The seeds that went right with this commit. */
  right(): Set<number> {
    if (!existsSync(this.#file)) return new Set()
    const all = readFileSync(this.#file, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line) as FaultResult)
    return new Set(all.filter(({ commit, outcome }) => commit === this.commit && outcome === 'right').map(({ seed }) => seed))
  }

  add(seed: number, outcome: FaultResult['outcome'], ms: number): void {
    mkdirSync(dirname(this.#file), { recursive: true })
    appendFileSync(this.#file, `${JSON.stringify({ commit: this.commit, seed, outcome, ms } satisfies FaultResult)}\n`)
  }
}

/** The seeds that are still to be told, and how many of the range have been. */
export function seedsOf({ runs, seed, again }: { runs: number, seed: number, again: boolean }, results: FaultResults): { seeds: number[], before: number } {
  const done = again ? new Set<number>() : results.right()
  const all = Array.from({ length: runs }, (_, at) => seed + at)
  const seeds = all.filter(one => !done.has(one))
  return { seeds, before: all.length - seeds.length }
}
