import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { removePlaced, ROOT, Running } from './support/command'

// mkdtemp makes it mode 0700: the account that PostgreSQL runs under cannot enter, as under a root home.
const clone = mkdtempSync(join(tmpdir(), 'mvdb-closed-'))
const data = join(clone, '.data/closed')
afterAll(() => {
  removePlaced(data)
  rmSync(clone, { recursive: true, force: true })
})

const LEFT_OUT = new Set(['node_modules', '.git', '.data', '.nuxt', '.output', '.env', 'data', 'test'])

it.runIf(process.getuid?.() === 0)('root starts the embedded stack in a clone that nobody else can enter, twice on the same data', async () => {
  cpSync(ROOT, clone, { recursive: true, filter: source => !LEFT_OUT.has(basename(source)) })
  expect(statSync(clone).mode & 0o077).toBe(0)
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { packageManager: string }
  // The packages are in pnpm's store since this run's own install, and are linked or copied from there.
  const install = new Running(['-e', `
    const { spawnSync } = require('node:child_process')
    const done = spawnSync('npx', ['-y', ${JSON.stringify(packageManager)}, '--dir', ${JSON.stringify(clone)}, 'install', '--frozen-lockfile', '--prefer-offline', '--prod=false', '--filter', 'multi-vendor-db', '--filter', '@multi-vendor-db/embedded'], { stdio: 'inherit', cwd: ${JSON.stringify(clone)} })
    process.exit(done.status ?? 1)`])
  expect(await install.ended, install.output).toBe(0)

  for (const round of ['first', 'second']) {
    const stack = new Running(['--import', 'tsx', 'apps/embedded/main.ts', '--port', '0', '--pg-port', '0', '--data', data, '--json', '--insecure'], {}, clone)
    const { ownerUrl, placedOutside } = JSON.parse(await stack.until(/^(\{.*\})$/m)) as { ownerUrl: string, placedOutside?: string }
    expect(placedOutside, 'where its own account can reach it').toBeDefined()
    expect(existsSync(placedOutside ?? '')).toBe(true)
    expect(stack.output, 'the path is printed').toContain(placedOutside)
    const client = new pg.Client({ connectionString: ownerUrl })
    await client.connect()
    if (round === 'first') await client.query('CREATE TABLE public.kept (id int); INSERT INTO public.kept VALUES (7)')
    expect((await client.query('SELECT id FROM public.kept')).rows).toEqual([{ id: 7 }])
    await client.end()
    stack.child.kill('SIGTERM')
    expect(await stack.ended).toBe(0)
  }
}, 110_000)
