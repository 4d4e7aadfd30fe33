import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { until } from '../support/wait'
import { App } from './support/app'
import { admin, makeCompany, makePerson } from './support/people'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
// Node itself, with tsx inside: killing the tsx command would leave its child.
const COMMAND = ['--import', 'tsx', 'scripts/import-trees.ts']
const env = { ...process.env, DATABASE_URL: inject('stack').appUrl, DATABASE_MIGRATION_URL: '' }
let sql: pg.Pool
let folder: string
let company: string
let slug: string

beforeAll(async () => {
  await (await App.start()).stop()
  sql = admin()
  company = await makeCompany(sql, await makePerson(sql, 'Opal'))
  slug = `c-${company}`
  folder = await mkdtemp(join(tmpdir(), 'mvdb-import-'))
})
afterAll(async () => {
  await sql.end()
  await rm(folder, { recursive: true, force: true })
})

function run(...args: string[]): Promise<{ code: number, said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...COMMAND, ...args], { cwd: root, env }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, said: stdout + stderr }))
  })
}

async function file(name: string, bytes: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

test('a command that is killed in the middle goes on where it was, and says what it found', async () => {
  const tree = await file('tree.tsv.gz', gzipSync(Array.from({ length: 40_000 }, (_, n) => `many\tfolder ${n}\n`).join('')))
  const child = spawn(process.execPath, [...COMMAND, '--company', slug, tree], { cwd: root, env, stdio: 'ignore' })
  const made = async () => Number((await sql.query(`select count(*) from folders where company_id = $1`, [company])).rows[0].count) - 1
  await until('the first batch is in', async () => await made() > 0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const before = await until('its transaction is over', async () => {
    const { rowCount } = await sql.query(`select from pg_stat_activity where application_name = 'multi-vendor-db import'`)
    return rowCount === 0 && { made: await made() }
  })
  expect(before.made).toBeLessThan(40_000)
  const { code, said } = await run('--company', slug, tree)
  const number = new Intl.NumberFormat('en')
  expect([code, said]).toEqual([0, expect.stringContaining(`Made 0 workspaces and ${number.format(40_000 - before.made)} folders.\nExisted: 1 workspaces and ${number.format(before.made)} folders.\nRefused: 0 lines.`)])
  expect(await made()).toBe(40_000)
  const { rows } = await sql.query(`select act, actor_name from auth.audit where company_id = $1 order by id`, [company])
  expect(rows.map(({ act, actor_name: who }) => `${who}: ${act}`)).toEqual(['operator: import.began', 'operator: import.began', 'operator: import.ended'])
})

test('refused lines are named by number, and the exit code shows that something is missing', async () => {
  const { code, said } = await run('--company', slug, await file('some.tsv', 'one\tusr\nbroken\none\t../x\n'))
  expect([code, said]).toEqual([2, expect.stringMatching(/Made 1 workspaces and 1 folders[\s\S]*Refused: 2 lines:\n {2}line 2: It is not "workspace TAB[\s\S]*\n {2}line 3: A path names folders/)])
})

test('what is typed wrongly, and a file that is refused whole, end with one sentence and code 1', async () => {
  const bomb = await file('bomb.tsv.gz', gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a')))
  const cases: [string[], string][] = [
    [['--company', slug], 'Give one company and one file.'],
    [['--company', slug, '--fast', bomb], 'Unknown option \'--fast\''],
    [['--company', 'nobody-has-it', bomb], 'There is no company "nobody-has-it".'],
    [['--company', slug, '/nowhere.tsv'], 'There is no file /nowhere.tsv that can be read.'],
    [['--company', slug, bomb], 'The file inflates to far more than a folder tree does. Nothing was imported.'],
  ]
  for (const [args, sentence] of cases) {
    const { code, said } = await run(...args)
    expect([code, said]).toEqual([1, expect.stringContaining(sentence)])
    expect(said).not.toContain('    at ')
    expect(said.trim().split('\n')).toHaveLength(1)
  }
})
