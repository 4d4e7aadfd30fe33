import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { Child, freePort } from './child'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
// Node itself, with tsx inside: the `tsx` command is a parent of the process that would have to be killed.
const TYPESCRIPT = ['--import', 'tsx']
const server = join(root, 'apps/web/.output/server/start.mjs')
const SECRET = 'secret-of-the-browser-tests'

export interface StackOptions {
  /** Electric answers anyone on this machine, and forgets a shape where it is asked to. */
  insecure?: boolean
  /** Variables of the server, beside its own. */
  env?: Record<string, string>
  /** The server's entry, where another than the build's own: a copy outlives a build that runs meanwhile. */
  server?: string
}

interface EmbeddedFacts { url: string, pgPort: number, appUrl: string, ownerUrl: string }

/** The whole product as a person runs it: embedded stack, built server; each a process that can be killed and started again. */
export class Stack {
  readonly #folder: string
  readonly #options: StackOptions
  readonly #ports: { electric: number, postgres: number, app: number }
  /** What pages call: the built server. */
  readonly origin: string
  /** The tests' own way to PostgreSQL, as superuser, past every rule of the product. */
  readonly sql: pg.Pool
  #embedded: Child | undefined
  #server: Child | undefined
  #beside: Child | undefined
  #facts: EmbeddedFacts | undefined

  private constructor(folder: string, ports: { electric: number, postgres: number, app: number }, options: StackOptions) {
    this.#folder = folder
    this.#options = options
    this.#ports = ports
    this.origin = `http://127.0.0.1:${ports.app}`
    this.sql = new pg.Pool({ host: '127.0.0.1', port: ports.postgres, user: 'postgres', password: 'password', database: 'electric', max: 4 })
    // A killed PostgreSQL ends idle connections: that is what some scenes are about.
    this.sql.on('error', () => undefined)
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    if (!existsSync(options.server ?? server)) throw new Error('There is no build to test. Run `node scripts/build.mjs` first.')
    const ports = { electric: await freePort(), postgres: await freePort(), app: await freePort() }
    const folder = await mkdtemp(join(tmpdir(), 'mvdb-e2e-'))
    // Started by root, PostgreSQL runs as another user, who must be able to come to its data.
    await chmod(folder, 0o711)
    const stack = new Stack(folder, ports, options)
    await stack.startEmbedded()
    await stack.startServer()
    return stack
  }

  /** Starts the embedded stack on the same data and the same ports as before. */
  async startEmbedded(): Promise<void> {
    const child = new Child('the embedded stack', process.execPath, [
      ...TYPESCRIPT, 'apps/embedded/main.ts', '--port', String(this.#ports.electric), '--pg-port', String(this.#ports.postgres),
      '--data', join(this.#folder, 'data'), ...this.#options.insecure ? ['--insecure'] : ['--secret', SECRET], '--json', '--stop-with-parent',
    ], { cwd: root })
    this.#embedded = child
    const line = await child.ready('it says that it is ready', () => child.stdout.split('\n').find(text => text.startsWith('{')))
    this.#facts = JSON.parse(line) as EmbeddedFacts
  }

  /**
   * @param env variables beside those of the stack
   * @param entry of the server, where another than the stack's own
   */
  async startServer(env: Record<string, string> = {}, entry?: string): Promise<void> {
    this.#server = await this.#launch(env, this.#ports.app, entry)
  }

  /** Starts a server of another build on the same database, at a port of its own, until the stack stops. */
  async startBeside(entry: string): Promise<void> {
    this.#beside = await this.#launch({}, await freePort(), entry)
  }

  async #launch(env: Record<string, string>, port: number, entry = this.#options.server ?? server): Promise<Child> {
    if (!this.#facts) throw new Error('the embedded stack comes first')
    const child = new Child('the server', process.execPath, [entry], {
      cwd: join(root, 'apps/web'),
      env: {
        PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production',
        DATABASE_URL: this.#facts.appUrl, DATABASE_MIGRATION_URL: this.#facts.ownerUrl,
        ELECTRIC_URL: this.#facts.url, ELECTRIC_API_KEY: SECRET,
        NUXT_SESSION_PASSWORD: 'a-password-of-the-browser-tests-only', DEMO: '1', PUBLIC_URL: this.origin,
        HOST: '127.0.0.1', PORT: String(port), ...this.#options.env, ...env,
      },
    })
    if (port === this.#ports.app) this.#server = child
    await child.ready('its health is good', async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/health`).catch(() => undefined)
      return answer?.ok
    })
    return child
  }

  /** Ends the server as an operator does, and starts it with other variables. */
  async restartServer(env: Record<string, string> = {}, entry?: string): Promise<void> {
    await this.#server?.end('SIGTERM')
    await this.startServer(env, entry)
  }

  /** The embedded Electric, for what is compared with asking it directly. */
  get electric(): { url: string, secret: string } {
    return { url: this.#facts?.url ?? '', secret: SECRET }
  }

  /** Ends the server as the machine's out-of-memory killer would. */
  async killServer(): Promise<void> {
    await this.#server?.end('SIGKILL')
  }

  /** Ends the embedded stack the same way; PostgreSQL goes with it. */
  async killEmbedded(): Promise<void> {
    await this.#embedded?.end('SIGKILL')
  }

  /** Starts what a failed scene left dead, so that the next one is judged by itself. */
  async mend(): Promise<void> {
    if (this.#embedded?.ended) await this.startEmbedded()
    if (this.#server?.ended) await this.startServer()
  }

  /** Runs a script of the repository against this stack's database as its owner. Out: what it printed; throws with it when it fails. */
  async script(file: string, ...args: string[]): Promise<string> {
    const url = this.#facts?.ownerUrl ?? ''
    const child = new Child(file, process.execPath, [...TYPESCRIPT, file, ...args], { cwd: root, env: { ...process.env, DATABASE_URL: url, DATABASE_MIGRATION_URL: url, PUBLIC_URL: this.origin } })
    await child.exited()
    return child.stdout
  }

  /** What the processes printed, for the report of a failure. */
  get output(): string {
    return `embedded stack:\n${this.#embedded?.output.slice(-3_000)}\nserver:\n${this.#server?.output.slice(-3_000)}`
  }

  async stop(): Promise<void> {
    await this.sql.end()
    await Promise.all([this.#server?.end('SIGTERM'), this.#beside?.end('SIGTERM')])
    await this.#embedded?.end('SIGTERM')
    await rm(this.#folder, { recursive: true, force: true })
  }
}
