// A PostgreSQL that somebody else runs: we neither start nor stop it, and say what it lacks.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StackError, messageOf } from '../errors.ts'
import { log } from '../logging.ts'
import { login } from './roles.ts'
import type { GivenFolder } from './given-folder.ts'
import { type Names, namesOf } from './names.ts'
import { checkServer } from './rights.ts'
import type { Session, Source } from './source.ts'

/** A server that starts with us, as in a compose file, is there within this. */
const START_TIMEOUT_MS = 60_000

export class GivenPostgres implements Source {
  readonly names: Names
  private readonly url: URL
  private readonly password: string

  /** @param url of a superuser; throws a StackError that does not repeat it, as it holds a password */
  constructor(url: string, folder: GivenFolder) {
    this.url = readUrl(url)
    this.names = namesOf(folder.id)
    this.password = folder.password
  }

  /** Where it is, without who and with what password. */
  get place(): string {
    return `${this.url.host}${this.url.pathname}`
  }

  urlOf(session: Session): string {
    const url = new URL(this.url)
    if (session !== 'admin') [url.username, url.password] = [this.names[session], this.password]
    return url.href
  }

  /** It comes back when whoever runs it starts it. */
  async revive(): Promise<void> {}

  /**
   * Waits until the server answers, checks that it is fit and makes the roles that read. Throws a StackError with a
   * sentence for each thing that is missing, and for a server that does not answer within a minute.
   */
  async prepare(): Promise<void> {
    const client = await this.connect()
    try {
      const { user } = client
      await checkServer(client, this.names, { user: user ?? '', url: this.urlOf('admin') })
      await this.makeRoles(client)
    }
    finally {
      await client.end()
    }
    await this.readerSignsIn()
  }

  private async connect(): Promise<pg.Client> {
    const deadline = Date.now() + START_TIMEOUT_MS
    for (let isTold = false; ; isTold = true) {
      const client = new pg.Client({ connectionString: this.url.href, connectionTimeoutMillis: 5_000 })
      client.on('error', () => {})
      try {
        await client.connect()
        return client
      }
      catch (error) {
        await client.end().catch(() => {})
        const refused = refusalOf(error, this.place)
        if (refused) throw refused
        if (Date.now() > deadline) throw new StackError('postgres_away', `PostgreSQL at ${this.place} does not answer (${messageOf(error)}): start it, or correct --database-url.`)
        if (!isTold) log.warn(`PostgreSQL at ${this.place} does not answer yet, trying for a minute: ${messageOf(error)}`)
        await sleep(500)
      }
    }
  }

  private async makeRoles(client: pg.Client): Promise<void> {
    const { reader, checker } = this.names
    const database = pg.escapeIdentifier(client.database ?? '')
    await client.query('BEGIN')
    // Two of us on one database would change its rights at the same time, which PostgreSQL refuses to one of them.
    await client.query('SELECT pg_advisory_xact_lock(hashtext(\'mvdb_embedded\'))')
    await login(client, reader, this.password, 'NOINHERIT')
    await login(client, checker, this.password)
    await client.query(`
      ALTER ROLE ${reader} SET default_transaction_read_only = on;
      ALTER ROLE ${reader} SET statement_timeout = '1s';
      GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${reader}, ${checker}; -- predicates are proved immutable on a temporary table
      COMMIT`)
  }

  /** `pg_hba.conf` may let the given role in and not those we made. */
  private async readerSignsIn(): Promise<void> {
    const client = new pg.Client({ connectionString: this.urlOf('reader'), connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    try {
      await client.connect()
    }
    catch (error) {
      throw new StackError('reader_refused', `PostgreSQL at ${this.place} does not let in the roles that it was given to read with, ${this.names.reader} and ${this.names.checker} (${messageOf(error)}): allow them in pg_hba.conf, with a password.`)
    }
    finally {
      await client.end().catch(() => {})
    }
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^postgres(?:ql)?:$/.test(url.protocol) || url.hostname === '' || url.username === '' || url.pathname.length < 2) {
    throw new StackError('bad_database_url', '--database-url is not the address of a database: give one like postgresql://user:password@host:5432/database.')
  }
  return url
}

/** What waiting would not change. */
function refusalOf(error: unknown, place: string): StackError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === '28P01' || code === '28000') return new StackError('not_let_in', `PostgreSQL at ${place} does not let in the role of --database-url (${messageOf(error)}): correct its name or password, or allow it in pg_hba.conf.`)
  if (code === '3D000') return new StackError('no_database', `PostgreSQL at ${place} has no such database: make it, or correct --database-url.`)
  return undefined
}
