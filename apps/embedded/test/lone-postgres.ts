// A PostgreSQL that is nobody's: for what is tested in front of a server that is given.
import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { findBinaries } from '../postgres/binaries.ts'
import { Cluster, DATABASE } from '../postgres/cluster.ts'
import { credentialsOf, type Credentials } from '../postgres/credentials.ts'
import { place } from '../postgres/placement.ts'
import { isAlive } from '../postgres/processes.ts'
import { APP_ROLE, OWNER_ROLE, prepareDatabase, urlOf } from '../postgres/roles.ts'

export interface LoneOptions {
  /** Any free one where none is given. */
  port?: number
  /** In the place of the usual ones. */
  settings?: Record<string, string>
}

export class LonePostgres {
  private readonly cluster: Cluster
  private readonly credentials: Credentials
  private readonly pidFile: string

  private constructor(cluster: Cluster, credentials: Credentials, pidFile: string) {
    this.cluster = cluster
    this.credentials = credentials
    this.pidFile = pidFile
  }

  /** Starts one with a database and the roles of the app. Its files go to the folder, which others must be able to enter. */
  static async start(folder: string, { port = 0, settings }: LoneOptions = {}): Promise<LonePostgres> {
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, 0o755)
    const credentials = credentialsOf(folder, 'password')
    const placement = place(folder, findBinaries())
    const cluster = new Cluster({ placement, dataDir: folder, password: credentials.superuser, ...settings && { settings } })
    cluster.initialise()
    await cluster.start(port)
    await prepareDatabase(cluster, credentials)
    return new LonePostgres(cluster, credentials, path.join(placement.data, 'cluster', 'postmaster.pid'))
  }

  get port(): number {
    return this.cluster.port
  }

  get appUrl(): string {
    return urlOf(this.cluster, APP_ROLE, this.credentials.app)
  }

  get ownerUrl(): string {
    return urlOf(this.cluster, OWNER_ROLE, this.credentials.owner)
  }

  /** Of the superuser, or of somebody else who can sign in; of the app's database, or of another. */
  adminUrl({ user = 'postgres', password = this.credentials.superuser, database = DATABASE } = {}): string {
    return urlOf(this.cluster, user, password, database)
  }

  get running(): boolean {
    return this.cluster.running
  }

  /** Starts it again where it was. */
  async start(): Promise<void> {
    await this.cluster.start(this.cluster.port)
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    await this.cluster.stop()
  }

  /** Ends it as the machine's out-of-memory killer would: nothing is written that was not. */
  async kill(): Promise<void> {
    const pid = Number.parseInt(readFileSync(this.pidFile, 'utf8'), 10)
    process.kill(pid, 'SIGKILL')
    while (isAlive(pid) || this.cluster.running) await new Promise(resolve => setTimeout(resolve, 10))
  }
}
