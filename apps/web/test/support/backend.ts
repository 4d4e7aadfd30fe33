import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LonePostgres } from '../../../embedded/test/lone-postgres'
import { Child, freePort } from './child'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const SECRET = 'secret-of-the-browser-tests'

/** What the servers stand on: a PostgreSQL and an Electric on it. */
export interface Backend {
  readonly electric: { url: string, secret: string }
  /** Connection URLs: the tests' own, of the role that migrates, of the role that serves. */
  readonly adminUrl: string
  readonly ownerUrl: string
  readonly appUrl: string
  readonly output: string
  killElectric(): Promise<void>
  killPostgres(): Promise<void>
  /** Starts what does not run. */
  mend(): Promise<void>
  stop(): Promise<void>
}

/** A PostgreSQL of its own, and `pnpm embedded` in front of it: two processes that know of each other what an operator's do. */
export class OwnBackend implements Backend {
  readonly #postgres: LonePostgres
  readonly #folder: string
  readonly #insecure: boolean
  readonly #port: number
  #electric: Child | undefined

  private constructor(postgres: LonePostgres, folder: string, port: number, insecure: boolean) {
    this.#postgres = postgres
    this.#folder = folder
    this.#port = port
    this.#insecure = insecure
  }

  static async start(folder: string, { insecure = false }: { insecure?: boolean }): Promise<OwnBackend> {
    const postgres = await LonePostgres.start(join(folder, 'postgres'), { port: await freePort() })
    const backend = new OwnBackend(postgres, folder, await freePort(), insecure)
    await backend.#startElectric()
    return backend
  }

  get electric(): { url: string, secret: string } {
    return { url: `http://127.0.0.1:${this.#port}`, secret: SECRET }
  }

  get adminUrl(): string {
    return this.#postgres.adminUrl()
  }

  get ownerUrl(): string {
    return this.#postgres.ownerUrl
  }

  get appUrl(): string {
    return this.#postgres.appUrl
  }

  get output(): string {
    return `Electric:\n${this.#electric?.output.slice(-3_000)}`
  }

  async killElectric(): Promise<void> {
    await this.#electric?.end('SIGKILL')
  }

  async killPostgres(): Promise<void> {
    await this.#postgres.kill()
  }

  async mend(): Promise<void> {
    if (!this.#postgres.running) await this.#postgres.start()
    if (this.#electric?.ended) await this.#startElectric()
  }

  async stop(): Promise<void> {
    await this.#electric?.end('SIGTERM')
    await this.#postgres.stop()
  }

  async #startElectric(): Promise<void> {
    const child = new Child('Electric', process.execPath, [
      '--import', 'tsx', 'apps/embedded/main.ts', '--port', String(this.#port), '--data', join(this.#folder, 'shapes'),
      ...this.#insecure ? ['--insecure'] : [], '--json', '--stop-with-parent',
    ], { cwd: root, env: { ...process.env, ELECTRIC_SECRET: SECRET, EMBEDDED_DATABASE_URL: this.adminUrl } })
    this.#electric = child
    await child.ready('it says that it is ready', () => child.stdout.split('\n').find(text => text.startsWith('{')))
  }
}

/** What an operator has: `pnpm test:selfhost` names it by the environment. It is neither started nor stopped. */
export class GivenBackend implements Backend {
  readonly electric: { url: string, secret: string }
  readonly appUrl: string
  readonly ownerUrl: string
  readonly output = 'PostgreSQL and Electric are given: see what they wrote themselves.'

  private constructor({ DATABASE_URL = '', DATABASE_MIGRATION_URL = DATABASE_URL, ELECTRIC_URL = '', ELECTRIC_API_KEY = '' }: NodeJS.ProcessEnv) {
    this.electric = { url: ELECTRIC_URL, secret: ELECTRIC_API_KEY }
    this.appUrl = DATABASE_URL
    this.ownerUrl = DATABASE_MIGRATION_URL
  }

  /** Undefined where none is given: a DATABASE_URL alone, in a shell or in .env, is somebody's own database. */
  static ofEnvironment(): GivenBackend | undefined {
    return isGiven ? new GivenBackend(process.env) : undefined
  }

  /** The owner of the tables sees past the app's rules. */
  get adminUrl(): string {
    return this.ownerUrl
  }

  async killElectric(): Promise<void> {
    throw new Error('an Electric that is given is not killed')
  }

  async killPostgres(): Promise<void> {
    throw new Error('a PostgreSQL that is given is not killed')
  }

  async mend(): Promise<void> {}

  async stop(): Promise<void> {}
}

/** Whether this run is on servers that are given: what would kill them is left out. */
export const isGiven = process.env.TESTS_ON_GIVEN_SERVERS === '1'
