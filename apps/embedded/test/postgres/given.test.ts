// A PostgreSQL that is given: what it lacks is said, it comes and goes by itself, and whoever else is on it is left alone.
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startGiven } from '../../start-given.ts'
import { LonePostgres } from '../lone-postgres.ts'
import { eventually, runMain } from '../process.ts'
import { SECRET, ask, readToEnd, removeFolder, startStack, temporaryFolder } from '../stack.ts'

const QUICK = { port: 0, secret: SECRET, longPollMs: 1_500, offsetPastEndMs: 500, postgresWaitMs: 500 }
const home = temporaryFolder()
let postgres: LonePostgres
let admin: pg.Pool

beforeAll(async () => {
  postgres = await LonePostgres.start(home)
  admin = new pg.Pool({ connectionString: postgres.adminUrl(), max: 2 })
  admin.on('error', () => {})
})
afterAll(async () => {
  await admin?.end()
  await postgres?.stop()
  removeFolder(home)
})

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function folder(): string {
  const made = temporaryFolder()
  cleanUps.push(() => removeFolder(made))
  return made
}

async function given(options: { dataDir?: string, databaseUrl?: string } = {}): Promise<Awaited<ReturnType<typeof startGiven>>> {
  const shapes = await startGiven({ ...QUICK, dataDir: folder(), databaseUrl: postgres.adminUrl(), ...options })
  cleanUps.push(() => shapes.stop())
  return shapes
}

/** Starts it by the command, and gives what it said when it was refused. */
async function refused(databaseUrl: string, flags: string[] = []): Promise<string> {
  const { code, stdout, stderr } = await runMain(['--port', '0', '--database-url', databaseUrl, '--data', folder(), '--insecure', ...flags])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).not.toContain('a-password')
  expect(stderr.trim().split('\n')).toHaveLength(1)
  return stderr
}

const live = (shapes: { url: string }, at: { handle: string, offset: string }, table = 't') => ask(shapes, { table, handle: at.handle, offset: at.offset, live: 'true' })

describe('what is missing is said in one sentence', () => {
  beforeAll(async () => {
    await admin.query(`CREATE ROLE plain LOGIN REPLICATION PASSWORD 'a-password'`)
    await admin.query(`GRANT CONNECT ON DATABASE electric TO plain`)
    await admin.query(`CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
  })

  test.each([
    ['a role that is no superuser', () => postgres.adminUrl({ user: 'plain', password: 'a-password' }), /^The role plain is no superuser, .*ALTER ROLE "plain" SUPERUSER/],
    ['a wrong password', () => postgres.adminUrl({ user: 'plain', password: 'a-password-of-another' }), /does not let in the role .*correct its name or password/],
    ['a database that is not there', () => postgres.adminUrl({ database: 'nowhere' }), /has no such database: make it/],
    ['another encoding', () => postgres.adminUrl({ database: 'latin' }), /encoding is LATIN1, .*ENCODING 'UTF8'/],
    ['an address of something else', () => 'https://user:a-password@127.0.0.1/database', /^--database-url is not the address of a database/],
    ['an address without a database', () => 'postgresql://user:a-password@127.0.0.1/', /^--database-url is not the address of a database/],
  ])('%s', async (_what, url, sentence) => {
    expect(await refused(url())).toMatch(sentence)
  })

  test('an address beside the port of a PostgreSQL of its own', async () => {
    expect(await refused(postgres.adminUrl(), ['--pg-port', '0'])).toMatch(/--database-url and --pg-port exclude each other/)
  })

  test('a server without logical decoding', async () => {
    const lacking = await LonePostgres.start(folder(), { settings: { wal_level: 'replica' } })
    cleanUps.push(() => lacking.stop())
    expect(await refused(lacking.adminUrl())).toMatch(/^PostgreSQL's wal_level is replica, .*ALTER SYSTEM SET wal_level = 'logical', then restart/)
  })

  test('all slots are taken', async () => {
    const { rows: [taken] } = await admin.query<{ left: number }>(`SELECT current_setting('max_replication_slots')::int - count(*)::int AS left FROM pg_replication_slots`)
    for (let n = 0; n < (taken?.left ?? 0); n++) await admin.query('SELECT pg_create_physical_replication_slot($1)', [`of_others_${n}`])
    cleanUps.push(() => admin.query(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'of_others%'`))
    expect(await refused(postgres.adminUrl())).toMatch(/^All \d+ replication slots .* are taken: drop one/)
  })
})

describe('in front of a server that is given', () => {
  test('shapes come, go on where they were after a restart, and the server was neither started nor stopped', async () => {
    await admin.query('CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, \'a\')')
    cleanUps.push(() => admin.query('DROP TABLE t'))
    const dataDir = folder()
    const first = await given({ dataDir })
    const before = await readToEnd(first, { table: 't' })
    expect(before.messages.map(({ key }) => key).filter(Boolean)).toEqual(['"public"."t"/"1"'])
    await first.stop()
    await admin.query('INSERT INTO t VALUES (2, \'b\')')
    const second = await given({ dataDir })
    const after = await live(second, before)
    expect([after.status, after.handle, after.messages[0]?.key]).toEqual([200, before.handle, '"public"."t"/"2"'])
    expect((await admin.query('SELECT 1')).rowCount).toBe(1)
  })

  test('PostgreSQL is killed: reading goes on being refused with 503 until it is back, then under the same handle with nothing missing', async () => {
    const alone = await LonePostgres.start(folder())
    cleanUps.push(() => alone.stop())
    const sql = new pg.Pool({ connectionString: alone.adminUrl(), max: 1 })
    sql.on('error', () => {})
    cleanUps.push(() => sql.end())
    await sql.query('CREATE TABLE t (id int PRIMARY KEY)')
    const shapes = await given({ databaseUrl: alone.adminUrl() })
    const before = await readToEnd(shapes, { table: 't' })
    await sql.query('INSERT INTO t SELECT generate_series(1, 300)')
    await alone.kill()
    await eventually('it is said to be away', async () => (await ask(shapes, { table: 't', offset: '-1', where: 'id > 5' })).status === 503)
    await alone.start()
    await sql.query('INSERT INTO t VALUES (301)')
    await eventually('all rows are there under the old handle', async () => {
      const answer = await readToEnd(shapes, { table: 't' }, before)
      return answer.handle === before.handle && answer.messages.filter(({ key }) => key).length === 301
    })
  })

  test('two on one database, and one on another of the same server, each serve their own and take nothing from the others', async () => {
    await admin.query('CREATE TABLE t (id int PRIMARY KEY)')
    cleanUps.push(() => admin.query('DROP TABLE t'))
    await admin.query('CREATE DATABASE other')
    const other = new pg.Client(postgres.adminUrl({ database: 'other' }))
    await other.connect()
    cleanUps.push(() => other.end())
    // Of the same oid, or nearly: roles of tables are the server's and not the database's.
    await other.query('CREATE TABLE t (id int PRIMARY KEY)')
    const all = await Promise.all([given(), given(), given({ databaseUrl: postgres.adminUrl({ database: 'other' }) })])
    const at = await Promise.all(all.map(shapes => readToEnd(shapes, { table: 't' })))
    await admin.query('INSERT INTO t VALUES (1)')
    await other.query('INSERT INTO t VALUES (2)')
    const keys = await Promise.all(all.map(async (shapes, n) => (await live(shapes, at[n] ?? { handle: '', offset: '' })).messages[0]?.key))
    expect(keys).toEqual(['"public"."t"/"1"', '"public"."t"/"1"', '"public"."t"/"2"'])
  })

  test('a data folder that is another database\'s is refused, and one with a PostgreSQL of its own, each way round', async () => {
    const dataDir = folder()
    const first = await given({ dataDir })
    await first.stop()
    await admin.query('CREATE DATABASE elsewhere')
    await expect(given({ dataDir, databaseUrl: postgres.adminUrl({ database: 'elsewhere' }) })).rejects.toThrow(/belongs to the database electric of the same server/)
    await expect(startStack({ dataDir })).rejects.toThrow(/belongs to a PostgreSQL that was given/)
    await expect(given({ dataDir: home })).rejects.toThrow(/holds a PostgreSQL of its own|is using/)
  })
})
