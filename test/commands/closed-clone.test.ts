import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { removePlaced, ROOT, Running } from './support/command'
import { familyOf, untilGone } from './support/processes'

// mkdtemp makes it mode 0700: the account that PostgreSQL runs under cannot enter, as under a root home.
const clone = mkdtempSync(join(tmpdir(), 'mvdb-closed-'))
const data = join(clone, '.data/closed')
let running: Running | undefined
afterAll(async () => {
  running?.child.kill('SIGTERM')
  await running?.ended
  removePlaced(data)
  rmSync(clone, { recursive: true, force: true })
})

/** The app's own role makes no tables. */
function superuserUrl(): string {
  const url = new URL((JSON.parse(readFileSync(join(data, 'secrets/addresses.json'), 'utf8')) as { DATABASE_URL: string }).DATABASE_URL)
  url.username = 'postgres'
  url.password = readFileSync(join(data, 'secrets/postgres'), 'utf8').trim()
  return url.href
}

const LEFT_OUT = new Set(['node_modules', '.git', '.data', '.nuxt', '.output', '.env', 'test', 'test-results'])
/** What was built is as good in the clone, whose sources are the same; building it again would say nothing more. */
const BUILT = ['apps/web/.output', '.data/build']

it.runIf(process.getuid?.() === 0)('root starts the app in a clone that nobody else can enter, twice on the same data, and is told where they lie', async () => {
  cpSync(ROOT, clone, { recursive: true, filter: source => !LEFT_OUT.has(basename(source)) })
  for (const path of BUILT) cpSync(join(ROOT, path), join(clone, path), { recursive: true, verbatimSymlinks: true })
  expect(statSync(clone).mode & 0o077).toBe(0)

  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { packageManager: string }
  // Named, because pnpm takes one on the clone's own disk: what this run's own install took is in this one.
  const { storeDir } = JSON.parse(readFileSync(join(ROOT, 'node_modules/.modules.yaml'), 'utf8')) as { storeDir: string }
  // The built app brings its own: the launcher and the stack need few of all, and the launcher, which asks for all, is
  // left to think that it has them.
  const install = new Running(['-e', `
    const { spawnSync } = require('node:child_process')
    const done = spawnSync('npx', ['-y', ${JSON.stringify(packageManager)}, 'install', '--frozen-lockfile', '--prefer-offline', '--prod=false', '--store-dir', ${JSON.stringify(storeDir)}, '--filter', 'multi-vendor-db', '--filter', '@multi-vendor-db/embedded'], { stdio: 'inherit' })
    process.exit(done.status ?? 1)`], {}, clone)
  expect(await install.ended, install.output).toBe(0)
  cpSync(join(ROOT, 'pnpm-lock.yaml'), join(clone, 'node_modules/.pnpm/lock.yaml'))

  const places = new Set<string>()
  for (const round of ['first', 'second']) {
    running = new Running(['scripts/start.mjs', '--port', '0', '--pg-port', '0', '--electric-port', '0', '--data', data], {}, clone)
    const place = await running.until(/^PostgreSQL does not run as root and its own account cannot enter \S+: its data is in (\/\S+), and is used again at the next start\.$/m, 90_000)
    expect(existsSync(place)).toBe(true)
    expect(place.startsWith(clone), 'where its own account can reach it').toBe(false)
    places.add(place)
    const url = await running.until(/The app is on (http:\S+)\. /, 90_000)
    expect(await (await fetch(`${url}/api/ready`)).json()).toMatchObject({ status: 'ok', sync: 'up' })

    const client = new pg.Client({ connectionString: superuserUrl() })
    await client.connect()
    if (round === 'first') await client.query('CREATE SCHEMA kept; CREATE TABLE kept.kept (id int); INSERT INTO kept.kept VALUES (7)')
    expect((await client.query('SELECT id FROM kept.kept')).rows).toEqual([{ id: 7 }])
    await client.end()

    const family = familyOf(running.pid)
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(0)
    await untilGone(family)
  }
  expect(places.size, 'the same place').toBe(1)
}, 240_000)
