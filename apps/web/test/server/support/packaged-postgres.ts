import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../support/child'
import { until } from '../../support/wait'

const DEBIAN = '/usr/lib/postgresql'
const NOBODY = 65534

/** Programs of a PostgreSQL of the system, server and client of one major version, as in its image; undefined where none is installed. */
export const PROGRAMS = (existsSync(DEBIAN) ? readdirSync(DEBIAN) : [])
  .toSorted((one, other) => Number(other) - Number(one))
  .map(version => join(DEBIAN, version, 'bin'))
  .find(folder => ['initdb', 'postgres', 'psql', 'pg_dump', 'pg_restore'].every(name => existsSync(join(folder, name))))

/** A server of the system's PostgreSQL, as the compose files run it: one superuser and one empty database. */
export class PackagedPostgres {
  readonly folder: string
  readonly port: number
  readonly #child: ChildProcess

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.folder = folder
    this.port = port
    this.#child = child
  }

  static async start(password: string, database: string): Promise<PackagedPostgres> {
    if (!PROGRAMS) throw new Error('There is no PostgreSQL on this system.')
    const folder = mkdtempSync(join(tmpdir(), 'mvdb-packaged-'))
    const [data, secret] = [join(folder, 'data'), join(folder, 'secret')]
    mkdirSync(data, { mode: 0o700 })
    writeFileSync(secret, password)
    chmodSync(folder, 0o711)
    const ids = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
    if (ids.uid) for (const path of [data, secret]) chownSync(path, NOBODY, NOBODY)
    const options = { ...ids, cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' } }
    const made = spawnSync(join(PROGRAMS, 'initdb'), ['--pgdata', data, '--username=postgres', `--pwfile=${secret}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'], { ...options, encoding: 'utf8' })
    if (made.status !== 0) throw new Error(made.stderr)
    const port = await freePort()
    const child = spawn(join(PROGRAMS, 'postgres'), ['-D', data, '-c', 'listen_addresses=127.0.0.1', '-c', `port=${port}`, '-c', 'unix_socket_directories=', '-c', 'wal_level=logical', '-c', 'fsync=off'], { ...options, stdio: 'ignore' })
    process.once('exit', () => child.kill('SIGKILL'))
    const cluster = new PackagedPostgres(folder, port, child)
    await until('PostgreSQL answers', () => cluster.ask('postgres', password, 'postgres', 'select 1').then(() => true, () => false))
    await cluster.ask('postgres', password, 'postgres', `create database ${database}`)
    return cluster
  }

  address(user: string, password: string, database: string): string {
    return `postgres://${user}:${password}@127.0.0.1:${this.port}/${database}`
  }

  /** One statement as a role. Throws what PostgreSQL says. */
  async ask(user: string, password: string, database: string, text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(this.address(user, password, database))
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query(text)).rows as Record<string, unknown>[]
    }
    finally {
      await client.end()
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.kill('SIGQUIT')
    await ended
    rmSync(this.folder, { recursive: true, force: true })
  }
}
