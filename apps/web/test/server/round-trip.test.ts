import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { quickIf } from '../../../../scripts/lib/soak-tag.mjs'
import { exportWorkspace, type ExportFormat } from '../../app/utils/export-workspace'
import type { Transaction } from '../../server/db/door'
import { onServer } from '../../server/reads/views'
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
  read: async (read, params) => (await client.query(onServer(read.sql), positional(read, params))).rows,
}, workspace, format, () => undefined)

/** Every folder with its path and description, siblings in their order, of all workspaces or of some; one text, so that 117,572 are compared at once. */
async function treeOf(company: string, workspaces?: readonly string[]): Promise<string> {
  // Right after an import the planner believes in a handful of folders, and would walk through all of them for each (over five minutes seen).
  await sql.query('analyze workspaces, folders')
  const { rows: [row] } = await sql.query<{ tree: string }>(`
    with recursive tree as (
      select f.id, w.name || E'\t' || f.name as path, f.description, array[w.position collate "C", f.position collate "C"] as place
      from folders f join workspaces w on w.id = f.workspace_id
      where f.company_id = $1 and f.parent_id is null and ($2::uuid[] is null or w.id = any($2))
      union all
      select f.id, tree.path || '/' || f.name, f.description, tree.place || (f.position collate "C") from tree join folders f on f.parent_id = tree.id
    ) select string_agg(path || E'\t' || description, E'\n' order by place) as tree from tree`, [company, workspaces])
  return row?.tree ?? ''
}

interface Place { id: string, name: string, folders: number }

const workspacesOf = async (company: string) => (await sql.query<Place>(`
  select w.id, w.name, (select count(*)::int from folders f where f.workspace_id = w.id) as folders
  from workspaces w where w.company_id = $1 order by w.position collate "C"`, [company])).rows

/** Few enough that a test has time for them: the largest, where a read takes several slices, and some from all over the file. */
const LARGEST = 5
function sampleOf(all: readonly Place[], count: number): Place[] {
  const largest = new Set(all.toSorted((a, b) => b.folders - a.folders).slice(0, LARGEST))
  const step = Math.ceil(all.length / (count - LARGEST))
  return all.filter((place, n) => largest.has(place) || n % step === 0)
}

/** Above it the visits of the page's reads would take half a minute: then a sample is read as the page reads, and the other lines come from one query. */
const READ_ONE_BY_ONE = 500

/** A whole company as TSV. */
async function exportedCompany(company: string): Promise<File> {
  const all = await workspacesOf(company)
  const read = new Set(all.length > READ_ONE_BY_ONE ? sampleOf(all, READ_ONE_BY_ONE / 2) : all)
  const { rows } = await sql.query<ExportRow & { workspace_id: string }>('select id, workspace_id, parent_id, name, description, position from folders where company_id = $1 and workspace_id = any($2) order by id', [company, all.filter(place => !read.has(place)).map(({ id }) => id)])
  const under = new Map<string, ExportRow[]>()
  for (const row of rows) {
    const siblings = under.get(row.workspace_id)
    if (siblings) siblings.push(row)
    else under.set(row.workspace_id, [row])
  }
  const parts: BlobPart[] = []
  for (const place of all) parts.push(...read.has(place) ? [await exported(place.id, 'tsv')] : exportTsv({ name: place.name, description: '' }, under.get(place.id) ?? []))
  return new File(parts, 'all.tsv')
}

const chunksOf = (file: File) => (async function* () { yield new Uint8Array(await file.arrayBuffer()) })()

const FILES = [['database', 3_840], ['editors', 8_481], ['web', 18_350], ['doc', 117_572]] as const

for (const [section, folders] of FILES) test(`the trees of ${section} come out as TSV and as JSON, and go in again as they were`, { timeout: 240_000, ...quickIf(section === 'editors') }, async () => {
  const first = await emptyCompany()
  const made = await importInto(first, () => ({ chunks: createReadStream(`${data}${section}.tsv.gz`), name: `${section}.tsv.gz` }))
  expect([made.folders.made, made.refused.total]).toEqual([folders, 0])

  const all = await exportedCompany(first)
  const second = await emptyCompany()
  const again = await importInto(second, () => ({ chunks: chunksOf(all), name: all.name }))
  expect([again.workspaces.made, again.folders.made, again.refused.total]).toEqual([made.workspaces.made, folders, 0])
  const [before, after] = [await treeOf(first), await treeOf(second)]
  expect(before.split('\n')).toHaveLength(folders)
  // Not toBe: a failure would print both.
  expect(before === after).toBe(true)

  // JSON is one workspace a file.
  const third = await emptyCompany()
  const sample = sampleOf(await workspacesOf(first), 25)
  let count = 0
  for (const { id, folders: expected } of sample) {
    const file = await exported(id, 'json')
    const { folders: taken, refused } = await importInto(third, () => ({ chunks: chunksOf(file), name: file.name }))
    expect([taken.made, refused.total], file.name).toEqual([expected, 0])
    count += taken.made
  }
  const ofSample = await treeOf(first, sample.map(({ id }) => id))
  expect(ofSample.split('\n')).toHaveLength(count)
  expect(ofSample === await treeOf(third)).toBe(true)

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
