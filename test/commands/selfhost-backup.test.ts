// The scripts of the compose install's backup, run with PostgreSQL's own programs: server and client of one major.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, ROOT, runCommand } from './support/command'

const BIN = '/usr/lib/postgresql/15/bin'
const missing = await programs()
const PASSWORD = 'it\'s a "password"'
const DATABASE = 'multi "vendor"'

/** Nothing where server and client are here, or could be installed; else why not. */
async function programs(): Promise<string | undefined> {
  const whole = () => ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql'].every(name => existsSync(`${BIN}/${name}`))
  if (whole()) return undefined
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return 'postgresql-15 is not installed, and only root can, with apt-get'
  const apt = (...args: string[]) => spawnSync('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, encoding: 'utf8', timeout: 300_000 })
  apt('update', '-q')
  const { stderr } = apt('install', '-y', '-q', '--no-install-recommends', 'postgresql-15')
  return await Promise.resolve(whole() ? undefined : `apt-get could not install postgresql-15: ${stderr.trim().split('\n').at(-1) ?? ''}`)
}

describe.skipIf(missing !== undefined)(missing === undefined ? 'backup.sh and restore.sh' : `skipped: ${missing}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mvdb-selfhost-'))
  const backups = join(folder, 'backups')
  let server: ChildProcess | undefined
  let port = 0
  const ids = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const url = (user: string, database = DATABASE) => `postgresql://${user}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${encodeURIComponent(database)}`
  const script = (name: string, args: string[] = [], env: Record<string, string | undefined> = {}) => {
    const { status, stdout, stderr } = spawnSync('sh', [`${ROOT}/scripts/selfhost/${name}`, ...args], {
      encoding: 'utf8',
      env: { PATH: `${BIN}:${process.env.PATH}`, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGPASSWORD: PASSWORD, PGDATABASE: DATABASE, BACKUP_DIR: backups, BACKUP_KEEP: '2', ...env },
    })
    return { code: status, output: stdout + stderr }
  }
  const ask = async (text: string, database = DATABASE, user = 'postgres'): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client(url(user, database))
    await client.connect()
    try {
      return [(await client.query<Record<string, unknown>>(text))].flat().at(-1)?.rows ?? []
    }
    finally {
      await client.end()
    }
  }
  const dumps = () => readdirSync(backups).filter(name => name.endsWith('.dump')).toSorted()
  const sentence = 'the names, the rows, the numbers'

  beforeAll(async () => {
    chmodSync(folder, 0o755)
    const data = join(folder, 'data')
    mkdirSync(data, { mode: 0o700 })
    writeFileSync(join(folder, 'password'), PASSWORD, { mode: 0o644 })
    // Whatever this account's umask leaves to others.
    if (ids.uid !== undefined) for (const path of [data, join(folder, 'password')]) chownSync(path, ids.uid, ids.gid)
    const made = spawnSync(`${BIN}/initdb`, ['-D', data, '-U', 'postgres', `--pwfile=${join(folder, 'password')}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'], { ...ids, cwd: '/', encoding: 'utf8' })
    expect(made.stderr).toBe('')
    port = await freePort()
    server = spawn(`${BIN}/postgres`, ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'wal_level=logical', '-c', 'fsync=off'], { ...ids, cwd: '/', stdio: 'ignore' })
    await eventually('PostgreSQL answers', () => ask('SELECT 1', 'postgres').then(() => true, () => false))
    const secret = `'${PASSWORD.replaceAll('\'', '\'\'')}'`
    await ask(`CREATE ROLE owner LOGIN PASSWORD ${secret}; CREATE ROLE app LOGIN PASSWORD ${secret}`, 'postgres')
    await ask(`CREATE DATABASE "multi ""vendor""" OWNER owner`, 'postgres')
    await ask(`REVOKE ALL ON DATABASE "multi ""vendor""" FROM PUBLIC; GRANT CONNECT ON DATABASE "multi ""vendor""" TO app; ALTER DATABASE "multi ""vendor""" SET work_mem = '7MB'`, 'postgres')
    await ask('ALTER SCHEMA public OWNER TO owner; GRANT USAGE ON SCHEMA public TO app')
    const migrated = await runCommand(['--import', 'tsx', 'scripts/migrate.ts'], { DATABASE_URL: url('app'), DATABASE_MIGRATION_URL: url('owner') })
    expect(migrated).toMatchObject({ code: 0 })
    await ask(`
      INSERT INTO users (id, email, name) VALUES ('018f0000-0000-7000-8000-000000000001', 'one@example.com', repeat('ü', 160));
      INSERT INTO auth.audit (actor_name, act) VALUES ('a', '${sentence}');
      CREATE PUBLICATION electric_publication_default; ALTER PUBLICATION electric_publication_default ADD TABLE users`)
    await ask(`SELECT pg_create_logical_replication_slot('electric_slot_default', 'pgoutput')`)
  }, 300_000)
  afterAll(async () => {
    if (server) {
      const ended = new Promise(resolve => server?.once('exit', resolve))
      server.kill('SIGINT')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  })

  it('a backup is whole, for its owner only, and no more than BACKUP_KEEP are kept', async () => {
    expect(script('backup.sh')).toMatchObject({ code: 0, output: expect.stringMatching(/^The database multi "vendor" is in .*\.dump\.\n$/) })
    const [first = ''] = dumps()
    expect(statSync(join(backups, first)).mode & 0o777).toBe(0o600)
    for (const year of ['2020', '2021']) for (const end of ['', '.sha256']) copyFileSync(join(backups, `${first}${end}`), join(backups, `${first.replace(/-\d{4}/, `-${year}`)}${end}`))
    writeFileSync(join(backups, 'mine.txt'), '')
    writeFileSync(join(backups, '.part-1.dump'), 'half')
    expect(script('backup.sh')).toMatchObject({ code: 0 })
    expect(dumps()).toHaveLength(2)
    expect(dumps()).toContain(first)
    expect(readdirSync(backups).filter(name => name.startsWith('.part') || name.endsWith('.txt'))).toEqual(['mine.txt'])
    expect(readdirSync(backups).filter(name => name.endsWith('.sha256'))).toHaveLength(2)
  })

  it('restore gives back what was there, its rights and numbers, and takes the slot away that Electric had', async () => {
    // The oldest of as many as are kept: what is backed up before it is restored must not push it out.
    const file = join(backups, dumps()[0] ?? '')
    await ask(`UPDATE users SET name = 'later'; INSERT INTO auth.audit (actor_name, act) VALUES ('b', 'later')`)
    const restored = script('restore.sh', [file])
    expect(restored).toMatchObject({ code: 0, output: expect.stringMatching(/remove Electric's storage/) })
    expect(await ask('SELECT name, row_version::text FROM users')).toEqual([{ name: 'ü'.repeat(160), row_version: '1' }])
    expect(await ask('SELECT act FROM auth.audit')).toEqual([{ act: sentence }])
    expect(await ask(`INSERT INTO auth.audit (actor_name, act) VALUES ('c', 'next') RETURNING id::text`)).toEqual([{ id: '2' }])
    // Row level security is back too: the app's role sees a person's row as that person, and none as nobody.
    expect(await ask('SELECT count(*)::int AS users FROM users', DATABASE, 'app')).toEqual([{ users: 0 }])
    expect(await ask(`SELECT set_config('app.user_id', '018f0000-0000-7000-8000-000000000001', false); SELECT count(*)::int AS users FROM users`, DATABASE, 'app')).toEqual([{ users: 1 }])
    expect(await ask('SHOW work_mem')).toEqual([{ work_mem: '7MB' }])
    expect(await ask(`SELECT pg_get_userbyid(datdba) AS owner, has_database_privilege('app', oid, 'CREATE') AS more FROM pg_database WHERE datname = current_database()`)).toEqual([{ owner: 'owner', more: false }])
    expect(await ask('SELECT slot_name FROM pg_replication_slots')).toEqual([])
    expect(await ask('SELECT pubname FROM pg_publication')).toEqual([])
    expect(await ask('SELECT count(*)::int AS there FROM pg_database')).toEqual([{ there: 4 }])
    // What was there is the newest backup.
    expect(script('restore.sh', ['--discard', join(backups, dumps().at(-1) ?? '')])).toMatchObject({ code: 0 })
    expect(await ask('SELECT name FROM users')).toEqual([{ name: 'later' }])
  })

  it.each([
    ['cut', (whole: Buffer) => whole.subarray(0, whole.length - 2_000), true],
    ['cut, and without its checksum', (whole: Buffer) => whole.subarray(0, whole.length >> 1), false],
    ['altered', (whole: Buffer) => { whole[whole.length >> 1] = (whole[whole.length >> 1] ?? 0) ^ 1; return whole }, true],
    ['foreign', () => Buffer.from('CREATE TABLE users ();'), false],
  ])('a file that is %s is refused, and nothing is changed', async (_name, change, withChecksum) => {
    const [name = ''] = dumps()
    const broken = join(folder, 'broken.dump')
    writeFileSync(broken, change(readFileSync(join(backups, name))))
    rmSync(`${broken}.sha256`, { force: true })
    if (withChecksum) copyFileSync(join(backups, `${name}.sha256`), `${broken}.sha256`)
    expect(script('restore.sh', ['--discard', broken])).toMatchObject({ code: 1, output: expect.stringMatching(/Nothing was changed\.\n$/) })
    expect(await ask('SELECT name FROM users')).toEqual([{ name: 'later' }])
  })

  it('while the app is connected it is refused, and says who it is', async () => {
    const app = new pg.Client({ connectionString: url('app'), application_name: 'the app' })
    await app.connect()
    expect(script('restore.sh', ['--discard', join(backups, dumps()[0] ?? '')])).toMatchObject({ code: 1, output: 'Somebody is connected to multi "vendor" (the app): stop the app and Electric first. Nothing was changed.\n' })
    await app.end()
  })

  it('what is not set, or set wrongly, is one sentence', () => {
    for (const name of ['PGHOST', 'PGUSER', 'PGDATABASE', 'BACKUP_DIR']) expect(script('backup.sh', [], { [name]: '' })).toEqual({ code: 1, output: `${name} is not set: say which database is to be backed up, and where to.\n` })
    expect(script('backup.sh', [], { BACKUP_KEEP: '0' })).toMatchObject({ code: 1, output: expect.stringMatching(/^BACKUP_KEEP is 0/) })
    expect(script('backup.sh', [], { PGPASSWORD: 'wrong' })).toMatchObject({ code: 1, output: expect.stringMatching(/The database could not be backed up/) })
    expect(readdirSync(backups).filter(name => name.startsWith('.part'))).toEqual([])
  })
})

async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
