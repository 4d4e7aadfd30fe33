import { inject, vi } from 'vitest'
import { Child, freePort } from '../../support/child'
import { SECRET } from './secret'

const { appUrl, ownerUrl, electricUrl, server } = inject('stack')
export const SESSION_PASSWORD = 'a-session-password-of-the-server-tests'

/** What must never be read by anyone: the secret of Electric, the seal of the cookie, the passwords of the database. */
export const SECRETS = [SECRET, SESSION_PASSWORD, new URL(appUrl).password, new URL(ownerUrl).password]

/** Gives this process the server's environment: for tests that call what no route calls, with the rights that the server has. */
export function standForServer(electric = electricUrl): void {
  const environment = { DATABASE_URL: appUrl, ELECTRIC_URL: electric, ELECTRIC_API_KEY: SECRET, NUXT_SESSION_PASSWORD: SESSION_PASSWORD }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}

/** `isReady`: off, it is enough that it is alive, because its database is away. */
export interface Starting { isReady?: boolean }

/** The server's database with settings of this server alone: those of PostgreSQL's connections, by name. */
export function databaseWith(settings: Record<string, string>): string {
  const url = new URL(appUrl)
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value)
  return url.href
}

/** A built server as a process of its own. */
export class App {
  readonly origin: string
  readonly #child: Child

  private constructor(origin: string, child: Child) {
    this.origin = origin
    this.#child = child
  }

  /** Starts one and waits until it answers; `env` replaces single variables. */
  static async start(env: Record<string, string> = {}, { isReady = true }: Starting = {}): Promise<App> {
    const port = env.PORT ?? String(await freePort())
    const app = new App(`http://127.0.0.1:${port}`, App.launch({ ...env, PORT: port }))
    await app.#child.ready('it answers', async () => (await fetch(`${app.origin}/api/${isReady ? 'ready' : 'health'}`).catch(() => undefined))?.ok)
    return app
  }

  /** Only starts the process: for what ends by itself. */
  static launch(env: Record<string, string>): Child {
    return new Child('the server', process.execPath, [server], {
      cwd: '/',
      env: {
        PATH: process.env.PATH, NODE_ENV: 'production', HOST: '127.0.0.1',
        DATABASE_URL: appUrl, DATABASE_MIGRATION_URL: ownerUrl,
        ELECTRIC_URL: electricUrl, ELECTRIC_API_KEY: SECRET, NUXT_SESSION_PASSWORD: SESSION_PASSWORD,
        LIVE_HOLD_SECONDS: '3', LIVE_RECHECK_SECONDS: '0.3',
        ...env,
      },
    })
  }

  /** What it tells everybody of itself. */
  async config(): Promise<Record<string, unknown>> {
    return await (await fetch(`${this.origin}/api/config`)).json() as Record<string, unknown>
  }

  /** What it printed so far. */
  get output(): string {
    return this.#child.output
  }

  /** Tells it to stop, and waits for nothing. */
  tell(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): void {
    this.#child.signal(signal)
  }

  get ended(): boolean {
    return this.#child.ended
  }

  /** Waits for its end; throws where it did not end well. */
  exited(): Promise<void> {
    return this.#child.exited()
  }

  async stop(): Promise<void> {
    await this.#child.end('SIGTERM')
    const said = SECRETS.filter(secret => this.output.includes(secret))
    if (said.length > 0) throw new Error(`the server printed a secret:\n${this.output}`)
  }
}
