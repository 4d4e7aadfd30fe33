import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest'
import { findBinaries } from '../../../embedded/postgres/binaries'
import { Cluster } from '../../../embedded/postgres/cluster'
import { place } from '../../../embedded/postgres/placement'
import { lookAtDatabase } from '../../server/checks/database'
import { lookAtElectric } from '../../server/checks/electric'
import { judgePostgresVersion } from '../../server/checks/postgres-version'
import { READ_SCHEMA } from '../../server/reads/views'
import { App } from './support/app'
import { makeDatabase, type Database } from './support/databases'
import { Relay } from './support/relay'
import { SECRET } from './support/secret'
import { Wire } from './support/wire'

const { electricUrl } = inject('stack')
const migrations = fileURLToPath(new URL('../../server/db/migrations', import.meta.url))

/** Migrated, and served by nobody. */
let ready: Database
/** A role of this file's own, which each test makes wrong in its way. */
const role = `role_${randomUUID().slice(0, 8)}`
let roleUrl: string
let owner: string

beforeAll(async () => {
  ready = await makeDatabase()
  await (await App.start({ DATABASE_URL: ready.appUrl, DATABASE_MIGRATION_URL: ready.ownerUrl })).stop()
  owner = decodeURIComponent(new URL(ready.ownerUrl).username)
  await ready.sql.query(`create role ${role} login password 'of-this-file'`)
  await ready.sql.query(`grant connect on database ${new URL(ready.appUrl).pathname.slice(1)} to ${role}`)
  roleUrl = as(ready.appUrl, role, 'of-this-file')
})
const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})
afterAll(async () => {
  await ready.sql.query(`drop owned by ${role}; drop role ${role}`)
  await ready.drop()
})

function as(address: string, user: string, password: string): string {
  const url = new URL(address)
  url.username = user
  url.password = password
  return url.href
}

const notWell = (findings: { status: string, sentence: string }[]) => findings.filter(({ status }) => status !== 'ok').map(({ status, sentence }) => `${status}: ${sentence}`)
const database = async (databaseUrl: string, ownerUrl: string | undefined = ready.ownerUrl) => notWell(await lookAtDatabase({ databaseUrl, ownerUrl, migrations }))
const electric = async (url = electricUrl, key = SECRET) => notWell(await lookAtElectric({ electricUrl: url, electricKeys: [key] }))

test('where all is right nothing is said to be wrong, and every check has looked', async () => {
  const findings = [...await lookAtDatabase({ databaseUrl: ready.appUrl, ownerUrl: ready.ownerUrl, migrations }), ...await lookAtElectric({ electricUrl, electricKeys: [SECRET] })]
  expect(notWell(findings)).toEqual([])
  expect(findings.map(({ name }) => name)).toEqual([
    'PostgreSQL version', 'wal_level', 'role of the app', 'role of the migrations', 'schema', 'clock of PostgreSQL',
    'Electric', 'version of Electric', 'secret of Electric', 'clock of Electric'])
})

test('a PostgreSQL whose log holds too little for Electric ends the start with the setting to change', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mvdb-wal-'))
  await chmod(folder, 0o711)
  const cluster = new Cluster({ placement: place(folder, findBinaries()), dataDir: folder, password: 'superuser', settings: { wal_level: 'replica' } })
  undo.push(() => rm(folder, { recursive: true, force: true }), () => cluster.stop())
  cluster.initialise()
  await cluster.start(0)
  const url = `postgres://postgres:superuser@127.0.0.1:${cluster.port}/postgres`
  const sql = new pg.Client(url)
  await sql.connect()
  await sql.query(`create role owner login password 'x'; create role app login password 'x'; grant create on database postgres to owner; grant create on schema public to owner`)
  await sql.end()
  expect(await refused({ DATABASE_URL: as(url, 'app', 'x'), DATABASE_MIGRATION_URL: as(url, 'owner', 'x') }))
    .toBe('wal_level is replica: set wal_level = logical in PostgreSQL\'s configuration and restart it.')
})

test.each([[140_000, 'ok'], [180_004, 'ok'], [130_019, 'failed'], [90_624, 'failed']])('a PostgreSQL of number %i is %s', (number, status) => {
  expect(judgePostgresVersion(number, 'x').status).toBe(status)
})

test.each<[string, string, string, string]>([
  ['is a superuser', 'alter role @ superuser', 'alter role @ nosuperuser', 'failed: The role @ of DATABASE_URL is a superuser, whom row level security does not bind: give the app a role of its own (docs/operations.md, "Roles").'],
  ['passes by row level security', 'alter role @ bypassrls', 'alter role @ nobypassrls', 'failed: The role @ of DATABASE_URL passes by row level security: run ALTER ROLE @ NOBYPASSRLS.'],
  ['reads the log', 'alter role @ replication', 'alter role @ noreplication', 'failed: The role @ of DATABASE_URL may read the log of every change: run ALTER ROLE @ NOREPLICATION.'],
  ['may become one above the rules', 'create role @_above bypassrls; grant @_above to @', 'drop role @_above', 'failed: The role @ of DATABASE_URL may become @_above, which row level security does not bind: run REVOKE @_above FROM @.'],
  ['owns a table', 'create table owned (); alter table owned owner to @', 'drop table owned', 'failed: The role @ of DATABASE_URL owns 1 tables or views, whose rules it could change: run REASSIGN OWNED BY @ TO #.'],
  ['may become the owner', 'grant # to @', 'revoke # from @', 'failed: The role @ of DATABASE_URL may become the owner #: run REVOKE # FROM @.'],
])('a role of the app that %s is refused', async (_, make, unmake, sentence) => {
  const named = (text: string) => text.replaceAll('@', role).replaceAll('#', owner)
  await ready.sql.query(named(make))
  undo.push(() => ready.sql.query(named(unmake)))
  // A table that is somebody else's is also the owner's matter.
  expect((await database(roleUrl))[0]).toBe(named(sentence))
})

test('one role that serves and owns is warned of, and starts', async () => {
  expect(await database(ready.ownerUrl, undefined)).toEqual([`warning: The role ${owner} of DATABASE_URL owns the tables that it serves: give the app a role of its own, and this one to DATABASE_MIGRATION_URL.`])
})

test('an owner that may not make what migrations make is refused, with the grant that it lacks', async () => {
  const name = new URL(ready.appUrl).pathname.slice(1)
  const asked = () => database(ready.appUrl, roleUrl)
  expect(await asked()).toEqual([`failed: The role ${role} of DATABASE_MIGRATION_URL may not make schemas: run GRANT CREATE ON DATABASE ${name} TO ${role}.`])
  await ready.sql.query(`grant create on database ${name} to ${role}`)
  expect(await asked()).toEqual([`failed: The role ${role} of DATABASE_MIGRATION_URL may not make tables: run GRANT USAGE, CREATE ON SCHEMA public TO ${role}.`])
  await ready.sql.query(`grant usage, create on schema public to ${role}`)
  expect((await asked())[0]).toMatch(new RegExp(`^failed: The table \\S+ does not belong to ${role}, the role of DATABASE_MIGRATION_URL: run ALTER TABLE \\S+ OWNER TO ${role}\\.$`))
  await ready.sql.query(`revoke create on database ${name} from ${role}; revoke usage, create on schema public from ${role}`)
})

test('two addresses that lead to two databases are refused before one of them is migrated', async () => {
  const other = await makeDatabase()
  undo.push(() => other.drop())
  expect(await database(ready.appUrl, other.ownerUrl)).toContain('failed: DATABASE_MIGRATION_URL and DATABASE_URL lead to two databases: let both name the same host, port and database.')
})

test('what PostgreSQL says to a connection is told as what to do about it', async () => {
  expect(await database(as(ready.appUrl, role, 'another'))).toEqual(['failed: PostgreSQL refuses the password of DATABASE_URL: correct it there, or give the role that one by ALTER ROLE.'])
  expect(await database(ready.appUrl, as(ready.ownerUrl, owner, 'another'))).toEqual(['failed: PostgreSQL refuses the password of DATABASE_MIGRATION_URL: correct it there, or give the role that one by ALTER ROLE.'])
  const none = new URL(ready.appUrl)
  none.pathname = '/no_such'
  expect(await database(none.href)).toEqual(['failed: There is no database of the name in DATABASE_URL: make it by CREATE DATABASE, or correct the name.'])
})

test('a database that a newer version migrated is refused, and keeps that version\'s views', async () => {
  await ready.sql.query(`insert into migrations.__drizzle_migrations (hash, created_at) values ('newer', 9999999999999); comment on schema ${READ_SCHEMA} is '{"version": "of the newer one"}'`)
  undo.push(() => ready.sql.query(`delete from migrations.__drizzle_migrations where hash = 'newer'`))
  const sentence = /^The database is of a newer version: 1 migration after \w+, the last that this server knows\. Start the newer server again, or restore the backup that was made before its upgrade\.$/
  expect(await refused({ DATABASE_URL: ready.appUrl, DATABASE_MIGRATION_URL: ready.ownerUrl })).toMatch(sentence)
  expect(await refused({ DATABASE_URL: ready.appUrl, DATABASE_MIGRATION_URL: '' }), 'as the app alone').toMatch(sentence)
  expect((await ready.sql.query(`select obj_description('${READ_SCHEMA}'::regnamespace)::json ->> 'version' as version`)).rows).toEqual([{ version: 'of the newer one' }])
})

test('a clock that is minutes off ends the start; one that is a little off is warned of', async () => {
  const shifted = (ms: number) => `--import data:text/javascript,${encodeURIComponent(`const now = Date.now; Date.now = () => now() + ${ms}`)}`
  expect(await refused({ DATABASE_URL: ready.appUrl, DATABASE_MIGRATION_URL: ready.ownerUrl, NODE_OPTIONS: shifted(-120_000) }))
    .toMatch(/^The clocks of this machine and of PostgreSQL are 1(?:19|20|21) seconds apart: turn on time synchronisation \(chrony, systemd-timesyncd\) on both machines\.$/)
  const now = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 20_000)
  undo.push(async () => vi.restoreAllMocks())
  expect((await database(ready.appUrl))[0]).toMatch(/^warning: The clocks of this machine and of PostgreSQL are (?:19|20|21) seconds apart/)
})

test('an Electric that refuses the key ends the start, and the key is not said', async () => {
  const said = await refused({ ELECTRIC_API_KEY: 'another-key-than-that-of-electric' })
  expect(said).toBe('Electric refuses ELECTRIC_API_KEY: give it the value of ELECTRIC_SECRET that Electric was started with.')
})

test('while its secret is being changed Electric may have the old one or the next', async () => {
  const ask = async (...electricKeys: string[]) => notWell(await lookAtElectric({ electricUrl, electricKeys }))
  expect(await ask('the-one-before-this-one', SECRET)).toEqual([])
  expect(await ask(SECRET, 'the-one-that-comes-next')).toEqual([])
  expect(await ask('the-one-before-this-one', 'the-one-that-comes-next')).toHaveLength(1)
})

test('an Electric that takes any secret is refused; on this machine it is warned of', async () => {
  const relay = await relayed()
  relay.alter.path = path => path.replace(/secret=[^&]*/, `secret=${SECRET}`)
  expect(await electric(relay.url)).toEqual(['warning: Electric takes any secret, so everybody on this machine may read every row: start it with ELECTRIC_SECRET and without ELECTRIC_INSECURE.'])
  const elsewhere = new URL(relay.url)
  elsewhere.hostname = '[::ffff:127.0.0.1]'
  expect(await refused({ ELECTRIC_URL: elsewhere.href })).toBe('Electric takes any secret, so whoever reaches it may read every row: start it with ELECTRIC_SECRET and without ELECTRIC_INSECURE.')
})

test('an Electric that is too old, says no version, or forgets the secret at another path is named', async () => {
  const relay = await relayed()
  relay.alter.headers = headers => ({ ...headers, 'electric-server': 'ElectricSQL/1.7.9' })
  expect(await refused({ ELECTRIC_URL: relay.url })).toBe('Electric is 1.7.9: run electricsql/electric:1.7.12 or newer.')
  relay.alter.headers = headers => ({ ...headers, 'electric-server': 'ElectricSQL/2.0.0' })
  expect(await electric(relay.url)).toEqual([])
  relay.alter.headers = ({ 'electric-server': _, ...headers }) => headers
  expect(await electric(relay.url)).toEqual(['warning: Electric does not say its version: run electricsql/electric:1.7.12 or newer.'])
  relay.alter = { path: path => path.replace('/v1/shape/?', `/v1/shape?secret=${SECRET}&`) }
  expect(await electric(relay.url)).toEqual(['failed: Electric answers without the secret at another spelling of its path (/v1/shape/): run electricsql/electric:1.7.12 or newer.'])
})

test('an Electric whose clock is off is warned of, and does not end the start', async () => {
  const relay = await relayed()
  relay.alter.headers = headers => ({ ...headers, date: new Date(Date.now() - 600_000).toUTCString() })
  expect(await electric(relay.url)).toEqual([expect.stringMatching(/^warning: The clocks of this machine and of Electric are (?:599|600|601) seconds apart: turn on time synchronisation/)])
})

test('an Electric that answers nothing, or is starting, is away and not wrong; what is no Electric is wrong', async () => {
  const wire = await Wire.cut()
  undo.push(() => wire.cutOff())
  const url = wire.through(electricUrl)
  const sentence = `away: Electric cannot be reached at 127.0.0.1:${wire.port}: start it, or correct ELECTRIC_URL.`
  expect(await electric(url)).toEqual([sentence])
  await wire.swallow()
  expect(await electric(url)).toEqual([sentence])
  const relay = await relayed()
  relay.refuse = () => true
  expect(await electric(relay.url)).toEqual([expect.stringMatching(/^away: Electric at \S+ is starting or unwell \(503\)/)])
  relay.refuse = undefined
  relay.alter.path = () => '/v1/nope'
  expect(await electric(relay.url)).toEqual([expect.stringMatching(/^failed: What answers at \S+ is not Electric \(404\): correct ELECTRIC_URL\.$/)])
})

async function relayed(): Promise<Relay> {
  const relay = await Relay.start(electricUrl)
  undo.push(() => relay.stop())
  return relay
}

/** Starts a server that is to end by itself. Out: what it said. */
async function refused(env: Record<string, string>): Promise<string> {
  const child = App.launch({ PORT: '0', ...env })
  expect(await child.exited().then(() => 'ended well', () => 'failed')).toBe('failed')
  return child.output.trim()
}
