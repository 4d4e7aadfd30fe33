import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quickIf, SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { DEMO_ACCOUNTS } from '../../server/demo'
import { App } from './support/app'
import { makeDatabase, type Database } from './support/databases'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
let database: Database
let folder: string

beforeAll(async () => {
  database = await makeDatabase()
  folder = await mkdtemp(join(tmpdir(), 'mvdb-seed-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs a script against the database. Out: its code and its words. */
function run(script: string, ...args: string[]): Promise<{ code: number, said: string }> {
  return new Promise((resolve) => {
    execFile(join(root, 'node_modules/.bin/tsx'), [`scripts/${script}.ts`, ...args], { cwd: root, env: { ...process.env, DATABASE_URL: database.ownerUrl, DATABASE_MIGRATION_URL: '' } },
      (error, stdout, stderr) => resolve({ code: error ? 1 : 0, said: (stdout + stderr).trim() }))
  })
}

const count = async (table: string) => Number((await database.sql.query(`select count(*) from ${table}`)).rows[0].count)

test('the demo is made once, refuses a database that is in use, and trees can be added beside it', { tags: [SOAK], timeout: 60_000 }, async () => {
  expect(await run('seed-demo')).toEqual({ code: 1, said: 'This database has no tables yet: start the server once, it makes them.' })
  const app = await App.start({ DATABASE_URL: database.appUrl, DATABASE_MIGRATION_URL: database.ownerUrl })

  await database.sql.query(`insert into users (id, email, name) values ('00000000-0000-4000-8000-000000000001', 'real@example.com', 'Real')`)
  await database.sql.query(`insert into companies (id, name, slug, owner_id) values ('00000000-0000-4000-8000-000000000002', 'Real', 'real', '00000000-0000-4000-8000-000000000001')`)
  expect(await run('seed-demo')).toMatchObject({ code: 1, said: expect.stringContaining('holds companies that are not the demo\'s') })
  expect(await count('users')).toBe(1)
  await database.sql.query('delete from companies')

  expect(await run('seed-demo')).toEqual({ code: 0, said: 'Made 2 companies and 10 people.' })
  const made = [await count('folders'), await count('workspaces'), await count('company_members')]
  expect(made).toEqual([8481 + 3840, 338 + 246, 11])
  expect((await database.sql.query('select distinct role from company_members order by 1')).rows.map(row => row.role)).toEqual(['admin', 'guest', 'member', 'owner'])
  // Each company has the groups, and guests are in none.
  expect((await database.sql.query(`
    select c.slug, g.name, count(m.user_id)::int as people, count(*) filter (where r.role = 'guest')::int as guests from user_groups g
      join companies c on c.id = g.company_id left join user_group_members m on m.group_id = g.id and m.company_id = g.company_id
      left join company_members r on r.company_id = m.company_id and r.user_id = m.user_id group by 1, 2 order by 1, 2`)).rows.map(({ slug, name, people, guests }) => [slug, name, people, guests])).toEqual([
    ['database', 'Maintainers', 2, 0], ['database', 'Release team', 2, 0], ['database', 'Translators', 2, 0],
    ['editors', 'Maintainers', 3, 0], ['editors', 'Release team', 3, 0], ['editors', 'Translators', 2, 0],
  ])
  expect(await run('seed-demo')).toEqual({ code: 0, said: 'The demo data is there already.' })
  expect([await count('folders'), await count('workspaces'), await count('company_members')]).toEqual(made)

  for (const { email, password } of DEMO_ACCOUNTS.slice(0, 2)) {
    const answer = await fetch(`${app.origin}/api/auth/sign-in`, { method: 'POST', body: JSON.stringify({ email, password }), headers: { 'origin': app.origin, 'content-type': 'application/json' } })
    expect([email, answer.status]).toEqual([email, 200])
  }

  const tree = join(folder, 'tree.tsv.gz')
  await writeFile(tree, gzipSync('one\tusr\none\tusr/share\none\tusr/share/地図 und Pläne\ntwo\tusr\n'))
  expect(await run('seed-tree', '--company', 'small', tree)).toEqual({ code: 0, said: 'Made "small": 2 workspaces, 4 folders.' })
  const { rows } = await database.sql.query(`select w.name as workspace, f.name, p.name as parent from folders f join workspaces w on w.id = f.workspace_id
    join companies c on c.id = f.company_id left join folders p on p.id = f.parent_id where c.slug = 'small' order by 1, 2`)
  expect(rows).toEqual([
    { workspace: 'one', name: 'share', parent: 'usr' }, { workspace: 'one', name: 'usr', parent: null },
    { workspace: 'one', name: '地図 und Pläne', parent: 'share' }, { workspace: 'two', name: 'usr', parent: null },
  ])
  expect(await run('seed-tree', '--company', 'small', tree)).toEqual({ code: 1, said: 'There is a company "small" already.' })
  await app.stop()
})

for (const [about, args, sentence] of [
  ['no company', ['FILE'], 'Give one company and one file.'],
  ['a slug with capitals', ['--company', 'Big', 'FILE'], 'A company\'s slug holds a-z, 0-9 and single hyphens.'],
  ['an unknown flag', ['--company', 'a', '--fast', 'FILE'], 'Unknown option \'--fast\''],
  ['no such file', ['--company', 'a', '/nowhere.tsv'], 'There is no file /nowhere.tsv that can be read.'],
  ['a file that is not gzip', ['--company', 'a', 'FILE.gz'], 'The file is named as gzip but is not.'],
  ['a line without a tab', ['--company', 'a', 'FILE'], 'line 2: It is not "workspace TAB folder/path".'],
] as const) test(`seed-tree with ${about} says so and makes nothing`, quickIf(about === 'a slug with capitals'), async () => {
  const file = join(folder, 'wrong.tsv')
  await writeFile(file, 'one\tusr\nbroken\n')
  await writeFile(`${file}.gz`, 'plain')
  const { code, said } = await run('seed-tree', ...args.map(arg => arg.replace(/^FILE/, file)))
  expect([code, said]).toEqual([1, expect.stringContaining(sentence)])
})
