import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SOAK } from '../../scripts/lib/soak-tag.mjs'
import { ROOT } from './support/command'

const { packageManager } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { packageManager: string }
/** A whole stack is started and filled for it: a busy machine takes its time. */
const PATIENCE_MS = 220_000
const ASKED = ['--json', '--folders', '1000', '--times', '1', 'proxy']

/** Runs a command to its end, with its output apart from what it says on the way. */
const run = (program: string, args: string[]) => new Promise<{ out: string, err: string }>((resolve, reject) => {
  execFile(program, args, { cwd: ROOT, env: { ...process.env, NODE_ENV: undefined, VITEST: undefined }, timeout: PATIENCE_MS }, (error, out, err) => error ? reject(new Error(err)) : resolve({ out, err }))
})

// Programs read this: a line more, or a key that is called otherwise, and a table or a comparison of two runs is wrong.
describe('pnpm bench --json', () => {
  it.each([
    ['the script itself', process.execPath, ['--import', 'tsx', 'scripts/bench.ts', ...ASKED]],
    ['pnpm --silent', 'npx', ['-y', packageManager, '--silent', 'bench', ...ASKED]],
  ])('prints a figure a line and nothing else, by %s', { tags: [SOAK], timeout: PATIENCE_MS + 10_000 }, async (_, program, args) => {
    const { out, err } = await run(program, args)
    const figures = out.trimEnd().split('\n').map(line => JSON.parse(line) as Record<string, unknown>)
    expect(figures.map(({ name }) => name)).toEqual([expect.stringMatching(/^proxy latency/), expect.stringMatching(/^proxy throughput/)])
    for (const figure of figures) {
      expect(Object.keys(figure)).toEqual(['name', 'value', 'unit', 'baseline', 'ratio', 'goal', 'met'])
      expect(figure).toMatchObject({ value: expect.any(Number), unit: expect.any(String), baseline: expect.any(Number), ratio: expect.any(Number), goal: expect.any(String), met: expect.any(Boolean) })
    }
    expect(err, 'one round is no median').toContain('Of 1 round each: under 5')
  })
})
