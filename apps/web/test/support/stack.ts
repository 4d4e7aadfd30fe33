import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { Child, freePort } from './child'
import { type Backend, GivenBackend, OwnBackend } from './backend'
import { Replicas } from './replicas'
import { SecureEdge } from './secure-edge'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
// Node itself, with tsx inside: the `tsx` command is a parent of the process that would have to be killed.
const TYPESCRIPT = ['--import', 'tsx']
const server = join(root, 'apps/web/.output/server/start.mjs')
/** Seals the cookies. */
export const SESSION_PASSWORD = 'a-password-of-the-browser-tests-only'

export interface StackOptions {
  /** Electric answers anyone on this machine, and forgets a shape where it is asked to. */
  insecure?: boolean
  /** Variables of the servers, beside their own. */
  env?: Record<string, string>
  /** The servers' entry, where another than the build's own: a copy outlives a build that runs meanwhile. */
  server?: string
  /** One server and no edge: for what is measured, with nothing in between. */
  bare?: boolean
}

/** One of the servers: where it listens, and its process while there is one. */
interface Replica { readonly port: number, child?: Child }

/**
 * The whole product as it is operated: PostgreSQL, Electric's protocol in front of it, two built servers and an edge before
 * them; each a process that can be killed and started again, but for the edge.
 */
export class Stack {
  readonly #folder: string
  readonly #options: StackOptions
  readonly #backend: Backend
  readonly #servers: Replica[]
  #edge: SecureEdge | undefined
  /** The servers, for a front of a test's own. */
  readonly replicas: Replicas
  /** The tests' own way to PostgreSQL, past every rule of the product. */
  readonly sql: pg.Pool

  private constructor(folder: string, backend: Backend, ports: number[], options: StackOptions) {
    this.#folder = folder
    this.#options = options
    this.#backend = backend
    this.#servers = ports.map(port => ({ port }))
    this.replicas = new Replicas(ports)
    this.sql = new pg.Pool({ connectionString: backend.adminUrl, max: 4 })
    // A killed PostgreSQL ends idle connections: that is what some scenes are about.
    this.sql.on('error', () => undefined)
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    if (!existsSync(options.server ?? server)) throw new Error('There is no build to test. Run `node scripts/build.mjs` first.')
    const folder = await mkdtemp(join(tmpdir(), 'mvdb-e2e-'))
    // Started by root, PostgreSQL runs as another user, who must be able to come to its data.
    await chmod(folder, 0o711)
    const backend = GivenBackend.ofEnvironment() ?? await OwnBackend.start(folder, options)
    const stack = new Stack(folder, backend, options.bare ? [await freePort()] : [await freePort(), await freePort()], options)
    if (!options.bare) stack.#edge = await SecureEdge.before(stack.replicas)
    await stack.startServers()
    return stack
  }

  /** Where browsers go, in which no test looks. */
  get origin(): string {
    return this.#edge?.origin ?? this.replicas.origins[0] ?? ''
  }

  /** Electric, for what is compared with asking it directly. */
  get electric(): { url: string, secret: string } {
    return this.#backend.electric
  }

  /** Starts the servers that do not run. @param env variables beside those of the stack @param entry of the server, where another than the stack's own */
  async startServers(env: Record<string, string> = {}, entry?: string): Promise<void> {
    await Promise.all(this.#servers.map(async (_, n) => this.startServer(n, env, entry)))
  }

  /** Starts one of the servers, unless it runs. */
  async startServer(n: number, env: Record<string, string> = {}, entry = this.#options.server ?? server): Promise<void> {
    const replica = this.#replica(n)
    if (replica.child && !replica.child.ended) return
    const { electric, appUrl, ownerUrl } = this.#backend
    const child = new Child(`server ${n + 1}`, process.execPath, [entry], {
      cwd: join(root, 'apps/web'),
      env: {
        // As the image and the launcher have it (docs/decisions/0023).
        PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', MALLOC_ARENA_MAX: '1',
        DATABASE_URL: appUrl, DATABASE_MIGRATION_URL: ownerUrl,
        ELECTRIC_URL: electric.url, ELECTRIC_API_KEY: electric.secret,
        NUXT_SESSION_PASSWORD: SESSION_PASSWORD, DEMO: '1', PUBLIC_URL: this.origin,
        HOST: '127.0.0.1', PORT: String(replica.port), ...this.#options.env, ...env,
      },
    })
    replica.child = child
    await child.ready('it is ready', async () => (await fetch(`http://127.0.0.1:${replica.port}/api/ready`).catch(() => undefined))?.ok)
  }

  /** Ends one of the servers as an operator does: what is under way comes to its end. */
  async stopServer(n: number): Promise<void> {
    await this.#replica(n).child?.end('SIGTERM')
  }

  /** Ends one of the servers as the machine's out-of-memory killer would; the other goes on. */
  async killServer(n: number): Promise<void> {
    await this.#replica(n).child?.end('SIGKILL')
  }

  /** The process of one of the servers, for what is measured of it. */
  serverPid(n: number): number {
    return this.#replica(n).child?.pid ?? 0
  }

  /** Ends them all the same way: nobody serves. */
  async killServers(): Promise<void> {
    await Promise.all(this.#servers.map((_, n) => this.killServer(n)))
  }

  /** Ends the servers as an operator does, and starts them with other variables. */
  async restartServers(env: Record<string, string> = {}): Promise<void> {
    await Promise.all(this.#servers.map((_, n) => this.stopServer(n)))
    await this.startServers(env)
  }

  /** Ends Electric as the out-of-memory killer would. PostgreSQL goes on. */
  async killElectric(): Promise<void> {
    await this.#backend.killElectric()
  }

  /** Ends PostgreSQL the same way. Electric goes on. */
  async killPostgres(): Promise<void> {
    await this.#backend.killPostgres()
  }

  /** Starts what does not run, on the same data and ports as before: after a kill, and so that the next scene is judged by itself. */
  async mend(): Promise<void> {
    await this.#backend.mend()
    await this.startServers()
  }

  /** Runs a script of the repository against this stack's database as its owner. Out: what it printed; throws with it when it fails. */
  async script(file: string, ...args: string[]): Promise<string> {
    const url = this.#backend.ownerUrl
    const child = new Child(file, process.execPath, [...TYPESCRIPT, file, ...args], { cwd: root, env: { ...process.env, DATABASE_URL: url, DATABASE_MIGRATION_URL: url, PUBLIC_URL: this.origin } })
    await child.exited()
    return child.stdout
  }

  /** What the processes printed, for the report of a failure. */
  get output(): string {
    return [this.#backend.output, ...this.#servers.map(({ child }, n) => `server ${n + 1}:\n${child?.output.slice(-3_000)}`)].join('\n')
  }

  async stop(): Promise<void> {
    await this.sql.end()
    await this.#edge?.stop()
    await Promise.all(this.#servers.map((_, n) => this.stopServer(n)))
    await this.#backend.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #replica(n: number): Replica {
    const found = this.#servers[n]
    if (!found) throw new Error(`there is no server ${n + 1}`)
    return found
  }
}
