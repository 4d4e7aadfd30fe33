// A database cluster on disk and the server on it.
//
//   (none) --initdb--> stopped --start--> running --stop--> stopped
//                         ^                    |
//                         +-- killed, crashed -+
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StackError, messageOf } from '../errors.ts'
import { log } from '../logging.ts'
import { program } from './binaries.ts'
import type { Placement } from './placement.ts'
import { freePort } from './ports.ts'
import { commandOf, isAlive } from './processes.ts'

export const DATABASE = 'electric'
const HOST = '127.0.0.1'
const START_TIMEOUT_MS = 60_000
const LOG_LIMIT_BYTES = 10 * 1024 * 1024

export interface ClusterOptions {
  placement: Placement
  /** Folder of the server's own log file. */
  dataDir: string
  /** Password of `postgres`, as it is in the cluster. */
  password: string
  /** Settings beside our own, or in their place. */
  settings?: Record<string, string | number>
}

/** A PostgreSQL server on a cluster of its own, reachable on loopback only. */
export class Cluster {
  port = 0
  private supervisor: ChildProcess | undefined
  private stopping = false
  private ending: Promise<void> | undefined
  private readonly options: ClusterOptions

  constructor(options: ClusterOptions) {
    this.options = options
  }

  /** Makes the cluster when the folder has none. A half-made one (killed in the middle) is made again. */
  initialise(): void {
    const { placement, password } = this.options
    if (existsSync(path.join(placement.data, 'initialised'))) return
    for (const entry of readdirSync(placement.data)) rmSync(path.join(placement.data, entry), { recursive: true, force: true })
    const secrets = mkdtempSync(path.join(placement.data, '..', 'initdb-'))
    const passwordFile = path.join(secrets, 'password')
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
    if (placement.ids) for (const made of [secrets, passwordFile]) chownSync(made, placement.ids.uid, placement.ids.gid)
    const target = path.join(placement.data, 'cluster')
    const ran = spawnSync(program(placement.binaries, 'initdb'), [
      '--pgdata', target, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8',
      // The builtin provider sorts alike on every machine; C.UTF-8 of the C library is missing on some.
      '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8',
    ], { ...placement.ids, cwd: '/', encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } })
    rmSync(secrets, { recursive: true, force: true })
    if (ran.status !== 0) {
      throw new StackError('initdb_failed', `PostgreSQL could not make its data folder ${target}: ${lastLine(ran.stderr || ran.error?.message || '')}`)
    }
    const mark = path.join(placement.data, 'initialised')
    writeFileSync(mark, '')
  }

  /** Starts the server and returns when it accepts connections. Port 0 takes any free one. */
  async start(port: number): Promise<void> {
    const { placement } = this.options
    await this.endLeftover()
    this.port = await freePort(port, '--pg-port')
    const deadline = Date.now() + START_TIMEOUT_MS
    for (;;) {
      const failure = await this.launch(deadline)
      if (!failure) return
      // Backends of a killed server hold its shared memory for a moment; only waiting helps.
      if (!/shared memory|lock file/.test(failure) || Date.now() > deadline) {
        throw new StackError('postgres_failed', `PostgreSQL did not start on ${placement.data}: ${failure}. Its log is ${this.logFile}.`)
      }
      await sleep(200)
    }
  }

  /** Stops the server in order: open transactions are rolled back, everything committed is on disk. */
  async stop(): Promise<void> {
    const supervisor = this.supervisor
    if (!supervisor) return
    this.stopping = true
    await new Promise<void>((resolve) => {
      supervisor.once('exit', () => resolve())
      if (supervisor.exitCode !== null || supervisor.signalCode !== null) resolve()
      supervisor.stdin?.end()
    })
    this.supervisor = undefined
    await this.endLeftover()
  }

  get running(): boolean {
    return this.supervisor !== undefined
  }

  get logFile(): string {
    return path.join(this.options.dataDir, 'postgres.log')
  }

  /** Spawns once; resolves to nothing when ready, to the server's last words when it ended. */
  private async launch(deadline: number): Promise<string | undefined> {
    const { placement, password } = this.options
    if (existsSync(this.logFile) && statSync(this.logFile).size > LOG_LIMIT_BYTES) truncateSync(this.logFile, 0)
    const output = openSync(this.logFile, 'a', 0o600)
    const said = statSync(this.logFile).size
    const job = {
      command: program(placement.binaries, 'postgres'),
      ids: placement.ids,
      args: ['-D', path.join(placement.data, 'cluster'), ...settings({ port: this.port, ...this.options.settings })],
    }
    const supervisor = spawn(process.execPath, [fileURLToPath(new URL('supervisor.mjs', import.meta.url)), JSON.stringify(job)], {
      // A session of its own: Ctrl-C in a terminal reaches the stack only, which then stops the server in order.
      detached: true,
      stdio: ['pipe', output, output],
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C', NODE_OPTIONS: '' },
    })
    closeSync(output)
    supervisor.stdin?.on('error', () => {})
    this.supervisor = supervisor
    this.stopping = false
    let ended = false
    supervisor.once('exit', () => {
      ended = true
      if (this.supervisor !== supervisor) return
      this.supervisor = undefined
      // Only the supervisor may have been killed: a server without one would outlive us.
      if (!this.stopping) this.endLeftover().catch((error: unknown) => log.warn(`A server without its supervisor could not be ended: ${messageOf(error)}`))
    })
    supervisor.once('error', () => { ended = true })
    while (!ended && Date.now() < deadline) {
      if (await this.answers(password)) return undefined
      await sleep(20)
    }
    if (ended) return lastLine(readFileSync(this.logFile, 'utf8').slice(said))
    this.supervisor = undefined
    supervisor.stdin?.end()
    return `it was not ready within ${START_TIMEOUT_MS / 1000} s`
  }

  private async answers(password: string): Promise<boolean> {
    const client = new pg.Client({ host: HOST, port: this.port, user: 'postgres', password, database: 'postgres', connectionTimeoutMillis: 2_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      return true
    }
    catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      // 28P01: it runs, but the password is another. Waiting would not help.
      if (code === '28P01') throw new StackError('wrong_password', 'PostgreSQL runs, but refuses the password kept in credentials.json: restore that file, or start with an empty data folder.')
      return false
    }
    finally {
      await client.end().catch(() => {})
    }
  }

  /**
   * Ends a server that outlived its supervisor and removes a stale pid file. The data folder's lock is held, so
   * whatever runs on this cluster is nobody's. A pid that now belongs to another program is left alone.
   */
  private async endLeftover(): Promise<void> {
    // One at a time: a second one could remove the pid file of the server that was started after the first.
    this.ending ??= this.endOrphan().finally(() => { this.ending = undefined })
    await this.ending
  }

  private async endOrphan(): Promise<void> {
    const cluster = path.join(this.options.placement.data, 'cluster')
    const file = path.join(cluster, 'postmaster.pid')
    const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN
    if (!Number.isInteger(pid) || pid <= 1) return rmSync(file, { force: true })
    const command = commandOf(pid)
    const isOurs = command === undefined ? isAlive(pid) : command.includes(cluster)
    for (const [signal, waitMs] of [['SIGINT', 10_000], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]] as const) {
      if (!isOurs || !isAlive(pid)) break
      process.kill(pid, signal)
      for (let waited = 0; waited < waitMs && isAlive(pid); waited += 20) await sleep(20)
    }
    rmSync(file, { force: true })
  }
}

function settings(own: Record<string, string | number>): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: HOST,
    unix_socket_directories: '',
    wal_level: 'logical',
    max_wal_senders: 10,
    max_replication_slots: 10,
    max_connections: 200,
    // A stack that is gone for good must not fill the disk; a slot cut by this is noticed and shapes start anew.
    max_slot_wal_keep_size: '4GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    log_min_messages: 'warning',
    log_statement: 'none',
    ...own,
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function lastLine(text: string): string {
  const lines = text.trim().split('\n')
  const telling = lines.filter(line => /FATAL|PANIC|ERROR|error:|could not/.test(line))
  return (telling.at(-1) ?? lines.at(-1) ?? 'it gave no reason').replace(/^.*?(FATAL|PANIC|ERROR|error):\s*/, '').trim()
}
