import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { quickIf } from '../../scripts/lib/soak-tag.mjs'
import { dataFolder, type Environment, runCommand } from './support/command'

const { folder, remove } = dataFolder()
afterAll(remove)

const COMPILED = '--import'
const tsx = (script: string, ...args: string[]) => [COMPILED, 'tsx', script, ...args]
const ELSEWHERE = { DATABASE_URL: 'postgres://app:pw@127.0.0.1:1/none', ELECTRIC_URL: 'http://127.0.0.1:1', ELECTRIC_API_KEY: 'a-key-of-sixteen-or-more' }

/** What is typed wrong, in which surroundings, and the sentence that a person gets. */
const WRONG: { typed: string[], env?: Environment, says: RegExp }[] = [
  { typed: ['scripts/demo.mjs', '--fast'], says: /^There is no flag --fast\. npm run demo -- knows: --port PORT/ },
  { typed: ['scripts/demo.mjs', '4000'], says: /^"4000" is not a flag\. npm run demo -- knows/ },
  { typed: ['scripts/demo.mjs', '--port'], says: /^--port needs a value/ },
  { typed: ['scripts/demo.mjs', '--port', 'http'], says: /^--port must be a port from 1 to 65535 .*not "http"/ },
  { typed: ['scripts/demo.mjs', '--port', '65536'], says: /^--port must be a port/ },
  { typed: ['scripts/demo.mjs', '--pg-port', '-1'], says: /^--pg-port needs a value|^--pg-port must be a port/ },
  { typed: ['scripts/demo.mjs', '--data', ''], says: /^--data has no value/ },
  { typed: ['scripts/start.mjs', '--fast'], says: /^There is no flag --fast\. pnpm start knows/ },
  { typed: ['scripts/start.mjs', '--dev', '--fast'], says: /^There is no flag --fast\. pnpm dev knows/ },
  { typed: ['scripts/start.mjs'], env: { PORT: 'none' }, says: /^PORT must be a port/ },
  { typed: ['scripts/start.mjs'], env: { DATABASE_URL: 'postgres://x@localhost/x' }, says: /^ELECTRIC_URL is not set but DATABASE_URL is/ },
  { typed: ['scripts/start.mjs'], env: { ELECTRIC_URL: 'http://localhost:30000' }, says: /^DATABASE_URL is not set but ELECTRIC_URL is/ },
  { typed: ['scripts/start.mjs'], env: { ...ELSEWHERE, ELECTRIC_API_KEY: '' }, says: /^ELECTRIC_API_KEY is not set but ELECTRIC_URL is/ },
  { typed: ['scripts/start.mjs', '--port', '0', '--data', `${folder}/torn`], says: /holds no whole secret: delete it/ },
  { typed: ['scripts/build.mjs', '--quick'], says: /^There is no flag --quick\. pnpm build knows/ },
  { typed: ['scripts/build.mjs', '--sync', 'other'], says: /^--sync takes ours or pglite-sync, not "other"/ },
  { typed: ['scripts/typecheck.mjs', '--quick'], says: /^There is no flag --quick\. pnpm typecheck knows/ },
  { typed: ['scripts/test.mjs', '--only', 'lint,unknown'], says: /^There is no stage "unknown": --only takes lint/ },
  { typed: ['scripts/test-selfhost.mjs', '--only', 'road,journey'], says: /^There is no stage "journey": --only takes road, pages/ },
  { typed: ['scripts/test-selfhost.mjs'], env: { ...ELSEWHERE, DATABASE_MIGRATION_URL: undefined }, says: /^DATABASE_MIGRATION_URL is not set: these tests run on/ },
  { typed: ['scripts/test-selfhost.mjs'], env: { ...ELSEWHERE, DATABASE_MIGRATION_URL: 'none' }, says: /^DATABASE_MIGRATION_URL is no address/ },
  { typed: ['scripts/test-selfhost.mjs'], env: { ...ELSEWHERE, DATABASE_MIGRATION_URL: ELSEWHERE.DATABASE_URL }, says: /^PostgreSQL at 127\.0\.0\.1:1 does not let DATABASE_URL in \(.*ECONNREFUSED/ },
  { typed: ['scripts/test.mjs', '--only', ''], says: /^--only has no value/ },
  { typed: ['scripts/test.mjs', '--only', 'shell'], env: { CHROMIUM_PATH: '/nowhere/chromium' }, says: /^CHROMIUM_PATH is \/nowhere\/chromium, and there is no program/ },
  { typed: tsx('apps/embedded/main.ts', '--fast'), says: /--fast/ },
  { typed: tsx('apps/embedded/main.ts', '--port', 'x', '--insecure'), says: /--port x is not a port/ },
  { typed: tsx('apps/embedded/main.ts'), says: /secret/ },
  { typed: tsx('apps/embedded/main.ts', '--secret', ''), says: /secret/i },
  { typed: tsx('apps/embedded/main.ts', '--secret', 's', '--insecure'), says: /insecure/ },
  { typed: tsx('scripts/build-pglite-worker.ts', '--sync', 'other'), says: /^--sync takes ours or pglite-sync, not "other"/ },
  { typed: tsx('scripts/build-pglite-worker.ts', '--sync', 'toString'), says: /^--sync takes ours or pglite-sync, not "toString"/ },
  { typed: tsx('scripts/build-pglite-worker.ts', '--out', ''), says: /^--out has no value/ },
  { typed: tsx('scripts/build-pglite-worker.ts', '--fast'), says: /^There is no flag --fast\. pnpm build:worker knows: --sync VALUE/ },
  { typed: tsx('scripts/generate-catalogue.ts', 'all'), says: /^"all" is not a flag\. pnpm generate knows: --help\.$/ },
  { typed: tsx('scripts/doctor.ts', '--fast'), says: /^There is no flag --fast\. pnpm run doctor knows: --data VALUE/ },
  { typed: tsx('scripts/doctor.ts', '--data', '/nowhere'), says: /^Say what to look at: set DATABASE_URL, ELECTRIC_URL and ELECTRIC_API_KEY/ },
  { typed: tsx('scripts/doctor.ts'), env: { ...ELSEWHERE, ELECTRIC_API_KEY: 'short' }, says: /^ELECTRIC_API_KEY is shorter than 16/ },
  { typed: tsx('scripts/migrate.ts', '--dry-run'), says: /^There is no flag --dry-run\. npx tsx scripts\/migrate\.ts knows: --help\.$/ },
  { typed: tsx('scripts/migrate.ts'), says: /^DATABASE_URL is not set/ },
  { typed: tsx('scripts/soak-shapes.ts', '--writers', '0'), says: /^--writers takes a whole number from 1 to 100, not "0"/ },
  { typed: tsx('scripts/soak-shapes.ts', '--seconds', 'x'), says: /^--seconds takes a whole number from 1 to \d+, not "x"/ },
  { typed: tsx('scripts/soak-shapes.ts', '--fast'), says: /^There is no flag --fast\. pnpm soak:shapes knows: --seconds N/ },
  { typed: tsx('scripts/soak-purge.ts', '--runs', 'x'), says: /^--runs takes a whole number from 1 to 10000, not "x"/ },
  { typed: tsx('scripts/soak-purge.ts', '20'), says: /^"20" is not a flag\. pnpm soak:purge knows/ },
  { typed: tsx('scripts/soak-churn.ts', '--rows', '1.5'), says: /^--rows takes a whole number from 1 to \d+, not "1\.5"/ },
  { typed: tsx('scripts/soak-memory.ts', '--minutes', '0'), says: /^--minutes takes a whole number from 1 to 600, not "0"/ },
  { typed: ['scripts/soak-connections.mjs', '--seconds', '4000'], says: /^--seconds takes a whole number from 1 to 3600, not "4000"/ },
  { typed: ['scripts/soak-scenes.mjs', '--times', '0'], says: /^--times takes a whole number from 1 to 1000, not "0"/ },
  { typed: ['scripts/soak-scenes.mjs', '--files', 'road,lint'], says: /^There are no scenes "lint": --files takes road, pages/ },
  { typed: tsx('scripts/faults.ts', '--runs', '0'), says: /^--runs takes a whole number from 1 to \d+, not "0"/ },
  { typed: tsx('scripts/faults.ts', '--fast'), says: /^There is no flag --fast\. pnpm faults knows/ },
  { typed: tsx('scripts/faults-sim.ts', '--seed', 'x'), says: /^--seed takes a whole number from 0 to \d+, not "x"/ },
  { typed: tsx('scripts/faults-sim.ts', '--runs'), says: /^--runs needs a value/ },
  { typed: tsx('scripts/faults-sim.ts', '--replay', '/nowhere.json'), says: /^There is no file \/nowhere\.json/ },
  { typed: ['apps/web/.output/server/start.mjs'], says: /^DATABASE_URL is not set/ },
  { typed: ['apps/web/.output/server/start.mjs'], env: { ...ELSEWHERE, NUXT_SESSION_PASSWORD: 'short' }, says: /^NUXT_SESSION_PASSWORD is shorter than 32/ },
  { typed: ['apps/web/.output/server/start.mjs'], env: { ...ELSEWHERE, ELECTRIC_API_KEY: 'short' }, says: /^ELECTRIC_API_KEY is shorter than 16/ },
  { typed: ['apps/web/.output/server/start.mjs', '--migrate-only'], env: ELSEWHERE, says: /^PostgreSQL cannot be reached at 127\.0\.0\.1:1\/none: start it, or correct DATABASE_URL\.$/ },
  { typed: tsx('scripts/bench.ts', 'tab-query', 'warp'), says: /^There is no bench "warp": pnpm bench takes proxy, / },
  { typed: tsx('scripts/bench.ts', '--times', 'often'), says: /^--times takes a whole number from 1 to 100, not "often"/ },
  { typed: tsx('scripts/bench.ts', '--tree', '/nowhere.tsv'), says: /^There is no file \/nowhere\.tsv/ },
  { typed: tsx('scripts/bench.ts', '--fast'), says: /^Unknown option '--fast'.*Usage: pnpm bench/ },
  { typed: tsx('scripts/bench-table.ts'), says: /^Give one file\. Usage: pnpm bench:table/ },
  { typed: tsx('scripts/bench-table.ts', 'package.json'), says: /^package\.json, line 1: this is no figure/ },
  { typed: tsx('scripts/bench-scaling.ts', '--sizes', '1000,many'), says: /^--sizes takes a whole number from 1 to 1000000, not "many"/ },
  { typed: tsx('scripts/screenshots.ts', '--only', 'nothing'), says: /^There is no page "nothing" in the table/ },
  { typed: tsx('scripts/seed-demo.ts'), says: /DATABASE_URL/ },
  { typed: tsx('scripts/seed-tree.ts'), says: /--company|company/ },
]

describe('wrong input to a command is one sentence and a non-zero exit', () => {
  mkdirSync(`${folder}/torn/secrets`, { recursive: true })
  writeFileSync(`${folder}/torn/secrets/electric`, '')

  // A command in TypeScript is compiled first, which takes a second each.
  for (const { typed, env = {}, says } of WRONG) it([...Object.keys(env), ...typed].join(' '), quickIf(typed[0] !== COMPILED), async () => {
    const { code, output } = await runCommand(typed, { NUXT_SESSION_PASSWORD: undefined, CHROMIUM_PATH: undefined, ...env })
    expect(output.trim()).toMatch(says)
    expect(output, 'no stack trace').not.toMatch(/\n\s+at /)
    expect(output.trim().split('\n').length, 'one sentence, after what was done before').toBeLessThanOrEqual(2)
    expect(code).toBe(1)
  })
})

describe('a Node that is too old', () => {
  const pretend = (version: string) => ({ NODE_OPTIONS: `--import=data:text/javascript,Object.defineProperty(process,'version',{value:'${version}'})` })

  it.each(['demo', 'test', 'start', 'build', 'typecheck'])('is told by one line: %s', async (command) => {
    const { code, output } = await runCommand([`scripts/${command}.mjs`], pretend('v18.20.4'))
    expect(output).toBe('Node 20.19.0 or newer is needed and this is v18.20.4: install it from https://nodejs.org, then run the command again.\n')
    expect(code).toBe(1)
  })
})
