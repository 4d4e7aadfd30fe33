import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filesWith } from '../apps/web/test/support/needles'
import { bothHeld, COUNT, databasesOf, ENDED, endSecond, KEPT, ONE_COMPANY, plant } from '../apps/web/test/worker/browser/two-companies'
import { until, Visit } from '../apps/web/test/worker/browser/visit'
import { buildWorker } from './build-pglite-worker'
import { runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'

/**
 * Kills the browser at a random moment of a purge, again and again, and searches its profile on the disk afterwards.
 *
 *   pnpm soak:purge [--runs 20] [--seed 1]
 */
const FLAGS = {
  runs: { kind: 'number', most: 10_000, help: '20 where not given' },
  seed: { kind: 'number', least: 0, help: 'decides the moments, 1 where not given' },
} as const
/** From the membership's end to the last deletion a purge takes some four seconds on an idle machine. */
const LONGEST_MS = 6_000

/** A number from 0 to 1 that a seed and a place decide. */
function random(seed: number, place: number): number {
  const mixed = Math.imul((seed * 0x9E3779B1) ^ (place * 0x85EBCA6B), 0xC2B2AE35)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
}

async function round(workers: string, wait: number): Promise<string | undefined> {
  const visit = await Visit.start(workers)
  try {
    plant(visit)
    const tab = await visit.tab()
    await bothHeld(tab)
    const before = visit.server.requests.length
    endSecond(visit)
    await new Promise(resolve => setTimeout(resolve, wait))
    await visit.kill()
    const again = await visit.tab()
    await until(() => again.query(COUNT), rows => JSON.stringify(rows) === JSON.stringify(ONE_COMPANY))
    await until(() => databasesOf(again), found => found.length === 1 && /\.g\d+$/.test(found[0] ?? ''))
    await visit.end()
    const left = await filesWith(visit.profile, ENDED)
    if (left.length > 0) return `bytes are left in ${left.join(', ')}`
    if ((await filesWith(visit.profile, KEPT)).length === 0) return 'the other company is gone'
    const repeated = visit.server.requests.slice(before).filter(request => request.includes('offset=-1') && !request.includes('c00000000002'))
    return repeated.length > 0 ? `fetched again: ${repeated.join(', ')}` : undefined
  }
  catch (error) {
    return String(error)
  }
  finally {
    await visit.close()
  }
}

await runMain(async (argv) => {
  const { runs = 20, seed = 1 } = readFlags(argv, FLAGS, 'pnpm soak:purge')
  const workers = await mkdtemp(join(tmpdir(), 'soak-purge-'))
  let failed = 0
  try {
    await buildWorker(workers)
    for (let run = 0; run < runs; run++) {
      const wait = Math.round(random(seed, run) * LONGEST_MS)
      const failure = await round(workers, wait)
      if (failure) failed++
      console.log(`run ${run + 1} of ${runs}, seed ${seed}, killed after ${wait} ms: ${failure ?? 'no byte is left'}`)
    }
  }
  finally {
    await rm(workers, { recursive: true, force: true })
  }
  console.log(`${runs - failed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
})
