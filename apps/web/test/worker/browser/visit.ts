import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { SCHEMA_VERSION } from '../../../shared/generated/catalogue.gen'
import { localDatabaseName } from '../../../shared/protocol/leader'
import { launchChromium } from '../../support/chromium'
import type { Row } from '../sequences/fake-electric'
import { PageServer } from './page-server'
import { openTab, type Tab } from './tab'

export const USER = '00000000-0000-7000-8000-000000000001'
export const DATABASE = localDatabaseName('test', USER, SCHEMA_VERSION)
export const company = (n: number) => `00000000-0000-7000-8000-c${String(n).padStart(11, '0')}`
const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const STAMPS = { created_at: '2026-01-01 00:00:00+00', updated_at: '2026-01-01 00:00:00+00', row_version: '1' }

export const membership = (n: number, role = 'owner', more: Row = {}): Row => ({
  id: uuid(900_000 + n), company_id: company(n), user_id: USER, role, name: 'A', email: 'a@example.org', avatar_url: null, ...STAMPS, ...more,
})
/** Folder `n` at the top of the workspace that has its company's id. */
export const folder = (n: number, of = 1): Row => ({
  id: uuid(n), company_id: company(of), workspace_id: company(of), parent_id: null, name: `folder ${n}`, description: 'about it',
  position: 'a0', deleted_at: null, deletion_id: null, ...STAMPS,
})
export const folders = (from: number, count: number, of = 1) => Array.from({ length: count }, (_, at) => folder(from + at, of))
export const folderShape = (n: number) => `folders/${company(n)}`

/** A profile of a real browser and a server for it; the browser can be killed and opened again on the same profile. */
export class Visit {
  readonly server: PageServer
  readonly profile: string
  readonly #origin: string
  #context: BrowserContext | undefined

  private constructor(server: PageServer, profile: string, origin: string) {
    this.server = server
    this.profile = profile
    this.#origin = origin
  }

  static async start(worker: string): Promise<Visit> {
    const server = new PageServer(worker)
    server.shape('user', [{ id: USER, email: 'a@example.org', name: 'A', avatar_url: null, preferences: '{}', last_login_at: null, is_active: 'true', ...STAMPS }])
    return new Visit(server, await mkdtemp(join(tmpdir(), 'worker-test-')), await server.listen())
  }

  async tab(): Promise<Tab> {
    return openTab(await this.page(), DATABASE, USER)
  }

  /** A page of the same origin that opens nothing. */
  async page(): Promise<Page> {
    this.#context ??= await launchChromium(this.profile, { keepsApp: true })
    const page = await this.#context.newPage()
    await page.goto(this.#origin)
    return page
  }

  /** Ends the browser as a person does. */
  async end(): Promise<void> {
    await this.#context?.close()
    this.#context = undefined
  }

  /** Ends the browser as a crash would. */
  async kill(): Promise<void> {
    const pids = await processesOf(this.profile)
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await this.#context?.close().catch(() => undefined)
    this.#context = undefined
    await rm(join(this.profile, 'SingletonLock'), { force: true })
  }

  async close(): Promise<void> {
    await this.#context?.close()
    await this.server.close()
    await rm(this.profile, { recursive: true, force: true })
  }
}

/** The processes of the browser that we started on this profile of ours. */
async function processesOf(profile: string): Promise<number[]> {
  const { readdir, readFile } = await import('node:fs/promises')
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(`--user-data-dir=${profile}`)) found.push(Number(name))
  }
  return found
}

/** Asks again and again until something holds. @param patience in ms */
export async function until<T>(ask: () => Promise<T>, holds: (found: T) => boolean, patience = 30_000): Promise<T> {
  const end = Date.now() + patience
  for (;;) {
    const found = await ask()
    if (holds(found)) return found
    if (Date.now() > end) throw new Error(`Waited in vain; the last answer was ${JSON.stringify(found)}`)
    await new Promise(resolve => setTimeout(resolve, 30))
  }
}

const ALL_FOLDERS = 'SELECT count(*)::int AS rows, count(DISTINCT name)::int AS names, min(length(name)) AS shortest FROM folders'

/** Every folder is there, each with its own name. */
export const wholeCopy = (tab: Tab, rows: number) => until(() => tab.query(ALL_FOLDERS), ([found]) => found?.rows === rows && found.names === rows, 40_000)

/** What is asked of a damaged database is answered, or the end is said; nothing hangs. */
export async function answerOrEnd(tab: Tab): Promise<string> {
  return Promise.race([
    tab.query(ALL_FOLDERS).then(([found]) => JSON.stringify(found), () => 'no answer'),
    until(() => tab.ended(), reasons => reasons.length > 0, 40_000).then(([reason]) => `ended: ${reason}`),
  ])
}
