// `pnpm soak:churn`: a week of changes on one local database, which must stay within twice its first size.
import { parseArgs } from 'node:util'
import { churn } from '../apps/web/test/worker/storage/churn.ts'

const USAGE = 'pnpm soak:churn [--rows 100000] [--updates 1000000] [--no-upkeep]'
const LIMIT = 2

try {
  const { values } = parseArgs({ options: { 'rows': { type: 'string', default: '100000' }, 'updates': { type: 'string', default: '1000000' }, 'no-upkeep': { type: 'boolean', default: false } } })
  await run(numberOf(values.rows), numberOf(values.updates), !values['no-upkeep'])
}
catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
  process.exit(2)
}

async function run(rows: number, updates: number, upkeep: boolean): Promise<void> {
  const outcome = await churn({ rows, updates, upkeep, say: line => process.stdout.write(`${line}\n`) })
  const ratio = outcome.after / outcome.before
  process.stdout.write(`${outcome.updates} updates on ${rows} rows: ${(outcome.before / 1e6).toFixed(1)} MB before, ${(outcome.after / 1e6).toFixed(1)} MB after, ${ratio.toFixed(2)}x (at most ${LIMIT}x)\n`)
  process.exitCode = ratio <= LIMIT ? 0 : 1
}

function numberOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${text} is not a number.`)
  return Number(text)
}
