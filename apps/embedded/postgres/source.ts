// The PostgreSQL whose rows become shapes: one that we run, or one that is given.
import { APP_ROLE, OWNER_ROLE, urlOf } from './roles.ts'
import type { Cluster } from './cluster.ts'
import type { Credentials } from './credentials.ts'
import { type Names, OWN_NAMES } from './names.ts'

/** `admin` is a superuser; `reader` and `checker` are what `Names` says of them. */
export type Session = 'admin' | 'reader' | 'checker'

export interface Source {
  readonly names: Names
  /** Connection URL of such a session. */
  urlOf(session: Session): string
  /** Called before every attempt to come back to it: starts it where that is ours to do. */
  revive(): Promise<void>
}

/** A cluster of our own, which is started again whenever it has ended. */
export class OwnPostgres implements Source {
  readonly names = OWN_NAMES
  /** Off while it has been stopped on purpose. */
  restarts = true
  private readonly cluster: Cluster
  private readonly credentials: Credentials

  constructor(cluster: Cluster, credentials: Credentials) {
    this.cluster = cluster
    this.credentials = credentials
  }

  get ownerUrl(): string {
    return urlOf(this.cluster, OWNER_ROLE, this.credentials.owner)
  }

  get appUrl(): string {
    return urlOf(this.cluster, APP_ROLE, this.credentials.app)
  }

  urlOf(session: Session): string {
    const { superuser, reader } = this.credentials
    if (session === 'admin') return urlOf(this.cluster, 'postgres', superuser)
    return urlOf(this.cluster, this.names[session], reader)
  }

  async revive(): Promise<void> {
    if (this.restarts && !this.cluster.running) await this.cluster.start(this.cluster.port)
  }
}
