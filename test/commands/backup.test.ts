// The commands that an operator of a one-machine install types, on the app's own schema.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { backUpBeforeMigration } from '../../scripts/lib/before-migration.mjs'
import { SOAK } from '../../scripts/lib/soak-tag.mjs'
import { dataFolder, ROOT, Running, runCommand } from './support/command'

const { folder, remove } = dataFolder()
const FOLDER = `${ROOT}/apps/web/server/db/migrations`
const tags = (JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, 'utf8')) as { entries: { tag: string, when: number }[] }).entries
let stack: Running
let addresses: { appUrl: string, ownerUrl: string, pgPort: number }
const command = (name: string, ...args: string[]) => runCommand(['--import', 'tsx', `scripts/${name}.ts`, '--data', folder, ...args])
const startStack = async () => {
  stack = new Running(['--import', 'tsx', 'apps/embedded/main.ts', '--port', '0', '--pg-port', '0', '--data', folder, '--json'], { ELECTRIC_SECRET: 'a-secret' })
  addresses = JSON.parse(await stack.until(/^(\{.*\})$/m)) as typeof addresses
}
const stopStack = async () => {
  stack.child.kill('SIGTERM')
  await stack.ended
}
const ask = async (text: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client(addresses.ownerUrl)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  }
  finally {
    await client.end()
  }
}
const file = join(folder, 'mine.backup')

beforeAll(async () => {
  await startStack()
  const env = { DATABASE_URL: addresses.appUrl, DATABASE_MIGRATION_URL: addresses.ownerUrl }
  expect(await runCommand(['--import', 'tsx', 'scripts/migrate.ts'], env)).toMatchObject({ code: 0 })
  await ask(`
    INSERT INTO users (id, email, name, preferences) VALUES ('018f0000-0000-7000-8000-000000000001', 'one@example.com', repeat('ü', 160), '{"a":[null,""]}');
    INSERT INTO companies (id, name, slug, owner_id, created_at) VALUES ('018f0000-0000-7000-8000-000000000002', '', 'one', '018f0000-0000-7000-8000-000000000001', '2024-02-29 23:59:59.999999+00');
    INSERT INTO auth.audit (actor_name, act) VALUES ('a', 'one'), ('b', 'two')`)
})
afterAll(async () => {
  await stopStack()
  remove()
})

it('embedded:backup and embedded:restore on a stack that runs: everything is as it was, the app\'s role has its rights', async () => {
  expect(await command('embedded-backup', file)).toMatchObject({ code: 0, output: expect.stringMatching(/^\d+ tables are in .*mine\.backup\.$/m) })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const before = await ask('SELECT row_version::text, updated_at::text, name, preferences::text FROM users')
  await ask(`UPDATE users SET name = 'later'; INSERT INTO auth.audit (actor_name, act) VALUES ('c', 'three')`)
  expect(await command('embedded-restore', file)).toMatchObject({ code: 1, output: expect.stringMatching(/^The database is not empty: say --replace/m) })
  expect(await command('embedded-restore', '--replace', file)).toMatchObject({ code: 0, output: expect.stringMatching(new RegExp(`^The database is as it was at .* \\(migration ${tags.at(-1)?.tag}, `, 'm')) })
  // No trigger has counted or dated anything.
  expect(await ask('SELECT row_version::text, updated_at::text, name, preferences::text FROM users')).toEqual(before)
  expect(await ask('SELECT created_at::text AS at FROM companies')).toEqual([{ at: '2024-02-29 23:59:59.999999+00' }])
  expect(await ask(`INSERT INTO auth.audit (actor_name, act) VALUES ('d', 'four') RETURNING id::text`)).toEqual([{ id: '3' }])
  const app = new pg.Client(addresses.appUrl)
  await app.connect()
  await app.query('BEGIN; SELECT count(*) FROM companies; SELECT count(*) FROM auth.sessions; ROLLBACK')
  await app.end()
  const [first = ''] = readdirSync(join(folder, 'backups'))
  expect(await command('embedded-restore', '--replace', file), 'again: what was there before the first is kept').toMatchObject({ code: 0 })
  expect(readdirSync(join(folder, 'backups'))).toEqual([first, expect.stringMatching(/^before-restore-\d{8}T\d{9}Z\.backup$/)])
  expect(await command('embedded-restore', '--discard', join(folder, 'backups', first))).toMatchObject({ code: 0 })
  expect(await ask('SELECT name FROM users')).toEqual([{ name: 'later' }])
}, 120_000)

it('the same on one that is stopped, which stays stopped', { tags: [SOAK], timeout: 120_000 }, async () => {
  const before = await ask('SELECT name FROM users')
  await stopStack()
  const stopped = join(folder, 'stopped.backup')
  expect(await command('embedded-backup', stopped)).toMatchObject({ code: 0 })
  await startStack()
  await ask(`UPDATE users SET name = 'meanwhile'`)
  await stopStack()
  expect(await command('embedded-restore', '--discard', stopped)).toMatchObject({ code: 0 })
  expect(existsSync(join(folder, 'stack.lock'))).toBe(false)
  await startStack()
  expect(await ask('SELECT name FROM users')).toEqual(before)
})

it('a backup of a newer migration is refused', async () => {
  const newer = join(folder, 'newer.backup')
  const newest = tags.at(-1)
  if (!newest) throw new Error('there are no migrations')
  const later = gunzipSync(readFileSync(file)).toString('latin1').replace(`"when":${newest.when}`, `"when":${newest.when + 1}`)
  writeFileSync(newer, gzipSync(Buffer.from(later, 'latin1')))
  expect(await command('embedded-restore', '--discard', newer)).toMatchObject({ code: 1, output: expect.stringMatching(/was made by a newer version of this project .*: update the project first, then restore\. Nothing was changed\.$/m) })
})

it('before a migration one backup is made, so many are kept, and where it fails the start stops with a sentence', async () => {
  const kept = join(folder, 'backups')
  const made = () => readdirSync(kept).filter(name => name.startsWith('before-') && !name.startsWith('before-restore')).toSorted()
  const backUp = () => backUpBeforeMigration({ dataDir: folder, ownerUrl: addresses.ownerUrl, logFile: join(folder, 'backup.log') })
  mkdirSync(kept, { recursive: true })
  for (const number of [1, 2, 3, 4, 5, 6]) copyFileSync(file, join(kept, `before-000${number}_older.backup`))
  await backUp()
  expect(made(), 'nothing to migrate: none is made').toHaveLength(6)

  // As a version sees it that has one migration more than the database.
  const [last] = await ask('SELECT max(created_at)::text AS at FROM migrations.__drizzle_migrations')
  // What the last migration (0013) made. Its constraints and indexes go with the column, but for the one of the key; its view is made at each start.
  const undo = `DELETE FROM migrations.__drizzle_migrations WHERE created_at = ${String(last?.at)}; ALTER TABLE leads DROP COLUMN merged_into CASCADE; ALTER TABLE leads DROP CONSTRAINT leads_tenant`
  await ask(undo)
  await backUp()
  const name = `before-${tags.at(-1)?.tag}.backup`
  expect(made()).toContain(name)
  expect(readdirSync(kept).filter(one => one.endsWith('.backup'))).toHaveLength(5)
  await backUp()
  expect(readdirSync(kept).filter(one => one.endsWith('.backup')), 'a start that is repeated pushes none out').toHaveLength(5)

  expect(await command('embedded-restore', '--discard', join(kept, name))).toMatchObject({ code: 0 })
  expect(await ask('SELECT max(created_at)::text AS at FROM migrations.__drizzle_migrations')).toEqual([last])
  expect(await ask(`SELECT count(merged_into) = 0 AS there FROM leads`)).toEqual([{ there: true }])

  await ask(undo)
  rmSync(kept, { recursive: true })
  writeFileSync(kept, 'in the way')
  await expect(backUp()).rejects.toThrow(/^No backup could be made before the database is brought to its newest schema, so nothing was changed and the app does not start: .* could not be written/)
}, 120_000)

it('what is typed wrongly is one sentence with the usage', async () => {
  for (const [name, args] of [['embedded-backup', []], ['embedded-restore', ['--replace', '--discard', 'a']], ['embedded-upgrade', ['a']]] as const) {
    const { code, output } = await command(name, ...args)
    expect(code).toBe(1)
    expect(output).toMatch(/Usage: pnpm embedded:/)
    expect(output.trim().split('\n')).toHaveLength(1)
  }
  expect(await command('embedded-upgrade')).toMatchObject({ code: 1, output: expect.stringMatching(/^Another embedded stack \(process \d+\) is using/) })
}, 60_000)
