import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { exportWorkspace, type ExportFormat } from '../../app/utils/export-workspace'
import type { Transaction } from '../../server/db/door'
import { importTree } from '../../server/trees/import'
import { exportTsv, NotTsvError, type ExportRow } from '../../shared/trees/export'
import type { TreeFile } from '../../shared/trees/read'
import { positional } from '../../shared/reads/read'
import { App } from './support/app'
import { admin, makeCompany, makePerson, type Person } from './support/people'

const data = fileURLToPath(new URL('../../../../data/debian-trees/', import.meta.url))
const audit = { began: async () => undefined, ended: async () => undefined }

let sql: pg.Pool
let client: pg.Client
let owner: Person

beforeAll(async () => {
  // It brings the tables.
  await (await App.start()).stop()
  sql = admin()
  owner = await makePerson(sql, 'Runa')
  client = new pg.Client({ connectionString: inject('stack').appUrl })
  await client.connect()
  await client.query('select set_config($1, $2, false)', ['app.user_id', owner.id])
})
afterAll(async () => {
  await client.end()
  await sql.end()
})

async function transact<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  await client.query('begin')
  const result = await work(drizzle(client))
  await client.query('commit')
  return result
}

/** Takes files into a new company. Out: its id. */
async function importInto(company: string, open: () => TreeFile) {
  const running = importTree({ company, open, transact, audit })
  for (;;) {
    const { done, value } = await running.next()
    if (done) return value
  }
}

async function emptyCompany(): Promise<string> {
  const company = await makeCompany(sql, owner)
  await sql.query('delete from folders where company_id = $1', [company])
  await sql.query('delete from workspaces where company_id = $1', [company])
  return company
}

/** The page's own export: the same reads, on the views of the same name. */
const exported = (workspace: string, format: ExportFormat) => exportWorkspace({
  read: async (read, params) => (await client.query(read.sql, positional(read, params))).rows,
}, workspace, format, () => undefined)

/** Every folder with its path and description, siblings in their order; one text, so that 117,572 are compared at once. */
async function treeOf(company: string, workspace?: string): Promise<string> {
  // Right after an import the planner believes in a handful of folders, and would walk through all of them for each (over five minutes seen).
  await sql.query('analyze workspaces, folders')
  const { rows: [row] } = await sql.query<{ tree: string }>(`
    with recursive tree as (
      select f.id, w.name || E'\t' || f.name as path, f.description, array[w.position collate "C", f.position collate "C"] as place
      from folders f join workspaces w on w.id = f.workspace_id
      where f.company_id = $1 and f.parent_id is null and ($2::uuid is null or w.id = $2)
      union all
      select f.id, tree.path || '/' || f.name, f.description, tree.place || (f.position collate "C") from tree join folders f on f.parent_id = tree.id
    ) select string_agg(path || E'\t' || description, E'\n' order by place) as tree from tree`, [company, workspace])
  return row?.tree ?? ''
}

const workspacesOf = async (company: string) => (await sql.query<{ id: string, name: string }>(`
  select w.id, w.name from workspaces w where w.company_id = $1 order by w.position collate "C"`, [company])).rows

async function exportedOneByOne(company: string): Promise<File> {
  const files: File[] = []
  for (const { id } of await workspacesOf(company)) files.push(await exported(id, 'tsv'))
  return new File(files, 'all.tsv')
}

/** The same lines without the 4,469 visits of the page's reads, which the other files have made: they would take half a minute. */
async function writtenAtOnce(company: string): Promise<File> {
  const { rows } = await sql.query<ExportRow & { workspace_id: string }>('select id, workspace_id, parent_id, name, description, position from folders where company_id = $1 order by id', [company])
  const under = new Map<string, ExportRow[]>()
  for (const row of rows) under.set(row.workspace_id, [...under.get(row.workspace_id) ?? [], row])
  return new File((await workspacesOf(company)).flatMap(({ id, name }) => exportTsv({ name, description: '' }, under.get(id) ?? [])), 'all.tsv')
}

const chunksOf = (file: File) => (async function* () { yield new Uint8Array(await file.arrayBuffer()) })()

test.each([['database', 3_840], ['editors', 8_481], ['web', 18_350], ['doc', 117_572]] as const)('the trees of %s come out and go in again as they were', { timeout: 240_000 }, async (section, folders) => {
  const first = await emptyCompany()
  const made = await importInto(first, () => ({ chunks: createReadStream(`${data}${section}.tsv.gz`), name: `${section}.tsv.gz` }))
  expect([made.folders.made, made.refused.total]).toEqual([folders, 0])

  const all = section === 'doc' ? await writtenAtOnce(first) : await exportedOneByOne(first)
  const second = await emptyCompany()
  const again = await importInto(second, () => ({ chunks: chunksOf(all), name: all.name }))
  expect([again.workspaces.made, again.folders.made, again.refused.total]).toEqual([made.workspaces.made, folders, 0])
  const [before, after] = [await treeOf(first), await treeOf(second)]
  expect(before.split('\n')).toHaveLength(folders)
  // Not toBe: a failure would print both.
  expect(before === after).toBe(true)

  // What came out is found again where it came from.
  if (section !== 'doc') expect((await importInto(first, () => ({ chunks: chunksOf(all), name: all.name }))).folders).toEqual({ made: 0, existed: folders })
})

test('JSON carries what TSV cannot say: descriptions, slashes, tabs, siblings of one name, an order of their own', async () => {
  const first = await emptyCompany()
  const { places: [place] } = await importInto(first, () => ({ chunks: createReadStream(`${data}database.tsv.gz`), name: 'database.tsv.gz' }))
  const workspace = place?.id ?? ''
  const names = ['a/b', 'tab\there', 'two\nlines', '..', 'twin', 'twin', '"quoted" \\N', '🙂', '\uFFFD after', 'Ä', 'a', 'B']
  for (const [n, name] of names.entries()) {
    await sql.query(`with top as (insert into folders (id, company_id, workspace_id, name, description, position) values (gen_random_uuid(), $1, $2, $3, $4, $5) returning id)
      insert into folders (id, company_id, workspace_id, parent_id, name) select gen_random_uuid(), $1, $2, top.id, $6 from top`,
    [first, workspace, name, n % 2 ? '' : 'what "it" is\nand why', n % 3 ? 'a0' : `Z${n}`, `under ${n}`])
  }
  const problem = await exported(workspace, 'tsv').catch((error: unknown) => error)
  expect(problem).toBeInstanceOf(NotTsvError)
  expect((problem as NotTsvError).count).toBe(5)

  const file = await exported(workspace, 'json')
  const second = await emptyCompany()
  const report = await importInto(second, () => ({ chunks: chunksOf(file), name: file.name }))
  const { rows: [count] } = await sql.query<{ n: number }>('select count(*)::int as n from folders where workspace_id = $1', [workspace])
  expect([report.refused.total, report.folders.made]).toEqual([0, count?.n])
  const copy = await exported(report.places[0]?.id ?? '', 'json')
  expect(JSON.parse(await copy.text())).toEqual(JSON.parse(await file.text()))
  expect((await importInto(second, () => ({ chunks: chunksOf(file), name: file.name }))).folders.made).toBe(0)
})
