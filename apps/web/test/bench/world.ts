import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Plugin } from 'esbuild'
import { buildWorker } from '../../../../scripts/build-pglite-worker'
import { Stack } from '../support/stack'
import { join as joins, person, type Person } from '../support/people'
import type { TextRow } from '../../worker/apply/local-table'
import { BareServer, compile, FOLDER_COLUMNS } from './bare-server'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

export interface WorldOptions {
  /** Lines of `workspace TAB folder/path`; where not given the tree that others were measured with. */
  tree?: string
  /** How many folders of it, its first; all where not given. More than it has are made by repeating it. */
  folders?: number
  /** How often each thing is measured. */
  times: number
  say: (line: string) => void
}

/** A company of one tree, and one of its members. */
export interface Planted {
  company: string
  person: Person
  folders: number
  workspaces: number
  /** The workspace with the most folders, and its page. */
  workspace: string
  path: string
  /** The page of a workspace with `LISTED` folders at its top. */
  listPath: string
}

/** 117,572 folders in 4,469 workspaces, with 29,525 different names: the peers' figures are of these too, so that they can be compared. */
const TREE = join(root, 'data/debian-trees/doc.tsv.gz')

/** More than fit on a screen: real trees have few folders at the top. */
const LISTED = 60

/**
 * What every entry of the bench stands on, made when it is first asked for: the stack, the company, the page to compare
 * with, and the worker on pglite-sync.
 */
export class World {
  readonly times: number
  readonly say: (line: string) => void
  readonly stack: Stack
  readonly #options: WorldOptions
  readonly #folder: string
  #made = 0
  readonly #kept = new Map<string, Promise<unknown>>()
  readonly #ends: (() => Promise<unknown>)[] = []

  private constructor(options: WorldOptions, stack: Stack, folder: string) {
    this.#options = options
    this.times = options.times
    this.say = options.say
    this.stack = stack
    this.#folder = folder
  }

  static async open(options: WorldOptions): Promise<World> {
    const stack = await Stack.start({ bare: true })
    const world = new World(options, stack, await mkdtemp(join(tmpdir(), 'mvdb-bench-')))
    await stack.script('scripts/seed-demo.ts')
    return world
  }

  /** How many folders were asked for by number; undefined where the tree decides. */
  get folders(): number | undefined {
    return this.#options.folders
  }

  /** Makes something once for all entries of this run. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(name) as Promise<T> | undefined
    if (kept) return kept
    const made = make()
    this.#kept.set(name, made)
    return made
  }

  /** The company that most entries look at. */
  planted = () => this.once('planted', () => this.plant())

  /** A new company of the same tree, which no shape has been asked of yet. */
  async plant(tree?: string): Promise<Planted> {
    const slug = `bench-${++this.#made}`
    await this.stack.script('scripts/seed-tree.ts', '--company', slug, tree ?? await this.tree())
    const { sql } = this.stack
    const { rows: [list] } = await sql.query<{ id: string }>(`
      insert into workspaces (id, company_id, name, position) select gen_random_uuid(), id, 'A plain list', 'zz' from companies where slug = $1 returning id`, [slug])
    await sql.query(`
      insert into folders (id, company_id, workspace_id, name, position)
      select gen_random_uuid(), w.company_id, w.id, 'Listed ' || n, 'a' || lpad(n::text, 6, '0') from workspaces w, generate_series(1, $2::int) n where w.id = $1`, [list?.id, LISTED])
    const { rows: [company] } = await sql.query<{ id: string, folders: number, workspaces: number, workspace: string }>(`
      select c.id, (select count(*)::int from folders f where f.company_id = c.id) as folders,
        (select count(*)::int from workspaces w where w.company_id = c.id) as workspaces,
        (select workspace_id from folders f where f.company_id = c.id group by 1 order by count(*) desc, 1 limit 1) as workspace
      from companies c where slug = $1`, [slug])
    if (!company) throw new Error('the tree was not planted')
    const who = await person(sql, 'Bench')
    await joins(sql, company.id, who, 'member')
    await sql.query('analyze folders')
    return { ...company, company: company.id, person: who, path: `/c/${company.id}/w/${company.workspace}`, listPath: `/c/${company.id}/w/${list?.id}` }
  }

  /** The file of the tree, cut or repeated to the number of folders. */
  tree(): Promise<string> {
    return this.once('tree', async () => {
      const { tree = TREE, folders } = this.#options
      const bytes = await readFile(tree)
      const lines = (tree.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').filter(Boolean)
      const wanted = folders ?? lines.length
      // Copies are workspaces of their own; a line's parents stand before it, so that any beginning is whole.
      const cut = Array.from({ length: wanted }, (_, n) => {
        const copy = Math.floor(n / lines.length)
        return `${copy === 0 ? '' : `copy ${copy} of `}${lines[n % lines.length]}`
      })
      const file = join(this.#folder, 'tree.tsv')
      await writeFile(file, `${cut.join('\n')}\n`)
      return file
    })
  }

  /** A file in the run's own folder. */
  file = (name: string) => join(this.#folder, name)

  /** The page to compare with, holding the planted company's folders. */
  bare = async () => this.bareOf(await this.planted())

  /** The same with another company's folders. */
  bareOf = ({ company }: Planted) => this.once(`bare ${company}`, async () => {
    const { rows } = await this.stack.sql.query<TextRow>(`select ${FOLDER_COLUMNS.map(name => `"${name}"::text`).join(', ')} from folders where company_id = $1 and deleted_at is null`, [company])
    const bare = await BareServer.start(rows)
    this.#ends.push(() => bare.stop())
    return bare
  })

  /** The instruments, as text that goes into every page before its own scripts. */
  instruments = () => this.once('instruments', async () => `{${(await compile('app')).get('app.js') ?? ''}}`)

  /** Folder of the worker on pglite-sync's engine. */
  upstreamWorker = () => this.once('upstream', () => this.#worker('pglite-sync'))

  /** Folder of the app's own worker, which comes the same way as those that it is compared with. */
  ownWorker = () => this.once('own', () => this.#worker('ours'))

  /** Folder of the worker whose search never takes anything up; its tables and triggers are there. */
  workerWithoutSearch = () => this.once('without search', () => this.#worker('ours', [{
    name: 'without-search',
    setup({ onResolve }) {
      onResolve({ filter: /\/search\/search-index$/ }, () => ({ path: join(import.meta.dirname, 'page/no-search.ts') }))
    },
  }]))

  async #worker(...[engine, plugins]: [engine: 'ours' | 'pglite-sync', plugins?: Plugin[]]): Promise<string> {
    const folder = join(this.#folder, `worker-${randomBytes(4).toString('hex')}`)
    await buildWorker(folder, engine, plugins)
    return folder
  }

  async close(): Promise<void> {
    for (const end of this.#ends) await end()
    await this.stack.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
