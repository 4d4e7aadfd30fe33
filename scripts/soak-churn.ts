// `pnpm soak:churn`: a week of changes on one local database, which must stay within twice its first size.
import { churn } from '../apps/web/test/worker/storage/churn.ts'
import { runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'

const LIMIT = 2
const FLAGS = {
  'rows': { kind: 'number', help: '100000 where not given' },
  'updates': { kind: 'number', help: '1000000 where not given' },
  'no-upkeep': { kind: 'switch', help: 'as it grows where nothing tidies up' },
} as const

await runMain((argv) => {
  const { rows = 100_000, updates = 1_000_000, 'no-upkeep': alone } = readFlags(argv, FLAGS, 'pnpm soak:churn')
  return run(rows, updates, !alone)
})

async function run(rows: number, updates: number, upkeep: boolean): Promise<number> {
  const outcome = await churn({ rows, updates, upkeep, say: line => process.stdout.write(`${line}\n`) })
  const ratio = outcome.after / outcome.before
  process.stdout.write(`${outcome.updates} updates on ${rows} rows: ${(outcome.before / 1e6).toFixed(1)} MB before, ${(outcome.after / 1e6).toFixed(1)} MB after, ${ratio.toFixed(2)}x (at most ${LIMIT}x)\n`)
  return ratio <= LIMIT ? 0 : 1
}
