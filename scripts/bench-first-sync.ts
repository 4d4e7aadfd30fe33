// First sync of a large company in a real browser: our applier beside pglite-sync's, measured in one run by turns.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { spawnSync } from 'node:child_process'
import { firstVisit, type Plan, type Visited } from '../apps/web/test/bench/first-visit'
import { person, join as joins } from '../apps/web/test/support/people'
import { Stack } from '../apps/web/test/support/stack'

const root = fileURLToPath(new URL('../', import.meta.url))
const usage = 'Usage: pnpm bench:first-sync [--tree FILE.tsv.gz] [--times 3]'
const SLUG = 'bench-tree'

interface Wanted { tree: string, times: number }

function wanted(): Wanted {
  try {
    const { values } = parseArgs({ options: { tree: { type: 'string', default: join(root, '../shared/data/debian-trees/doc.tsv.gz') }, times: { type: 'string', default: '3' } } })
    const times = Number(values.times)
    if (!Number.isInteger(times) || times < 1 || times > 50) throw new Error('--times takes a whole number from 1 to 50.')
    if (!existsSync(values.tree)) throw new Error(`There is no file ${values.tree}; give one with --tree.`)
    return { tree: values.tree, times }
  }
  catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(2)
  }
}

/** Builds the worker on upstream's sync into a folder of its own; out: the folder. */
async function upstreamWorker(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mvdb-worker-'))
  const built = spawnSync(join(root, 'node_modules/.bin/tsx'), ['scripts/build-pglite-worker.ts', '--sync=pglite-sync', `--out=${folder}`], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the worker on pglite-sync could not be built: ${built.stderr}`)
  return folder
}

/** The company of that tree with one owner. Out: what a visit needs to know. */
async function plant(stack: Stack, tree: string): Promise<Omit<Plan, 'workerFolder'> & { workspaces: number }> {
  await stack.script('scripts/seed-demo.ts')
  await stack.script('scripts/seed-tree.ts', '--company', SLUG, tree)
  const { rows: [company] } = await stack.sql.query<{ id: string, rows: number, workspaces: number }>(`
    select c.id, (select count(*)::int from folders f where f.company_id = c.id) as rows,
      (select count(*)::int from workspaces w where w.company_id = c.id) as workspaces from companies c where slug = $1`, [SLUG])
  if (!company) throw new Error('the tree was not planted')
  const who = await person(stack.sql, 'Bench')
  await joins(stack.sql, company.id, who, 'member')
  // A workspace whose folders are in the first page of the snapshot: rows come in the order in which they were stored.
  const { rows: [first] } = await stack.sql.query<{ workspace_id: string }>('select workspace_id from folders where company_id = $1 order by ctid limit 1', [company.id])
  return {
    origin: stack.origin, person: who, rows: company.rows, workspaces: company.workspaces,
    path: `/c/${company.id}/w/${first?.workspace_id ?? ''}`,
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

function table(plan: { rows: number }, builds: Map<string, Visited[]>): string {
  const rows: [string, (v: Visited) => number, string][] = [
    ['rows/s, first request to complete copy', v => plan.rows / v.copy * 1000, ''],
    ['first rows painted after opening', v => v.firstRows / 1000, ' s'],
    ['first rows painted after the first page\'s last byte', v => v.paintedAfterPage / 1000, ' s'],
    ['complete copy after opening', v => v.complete / 1000, ' s'],
    ['memory of the page, highest', v => v.peak, ' MiB'],
    ['memory of the page, after the sync', v => v.after, ' MiB'],
  ]
  const number = (n: number) => n < 100 ? n.toFixed(2) : String(Math.round(n))
  const lines = rows.map(([name, of, unit]) => `| ${[name, ...[...builds.values()].map(all => `${number(median(all.map(of)))}${unit}`)].join(' | ')} |`)
  return [`| | ${[...builds.keys()].join(' | ')} |`, `|---${'|---'.repeat(builds.size)}|`, ...lines].join('\n')
}

const { tree, times } = wanted()
const upstream = await upstreamWorker()
const stack = await Stack.start()
try {
  const plan = await plant(stack, tree)
  const builds = new Map<string, Visited[]>([['ours', []], ['pglite-sync', []]])
  for (let n = 1; n <= times; n++) {
    for (const [name, visits] of builds) {
      visits.push(await firstVisit({ ...plan, workerFolder: name === 'ours' ? undefined : upstream }))
      console.error(`${name}, visit ${n} of ${times}: ${JSON.stringify(visits.at(-1), (_, v: unknown) => typeof v === 'number' ? Math.round(v) : v)}`)
    }
  }
  console.log(`${plan.rows} folders in ${plan.workspaces} workspaces, medians of ${times} visits by turns, ${cpus().length} cores\n`)
  console.log(table(plan, builds))
}
finally {
  await stack.stop()
  await rm(upstream, { recursive: true, force: true })
}
