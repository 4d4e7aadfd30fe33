import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { entities } from '../../shared/catalogue/entities'
import { lookAtDatabase } from '../../server/checks/database'
import { PackagedPostgres, PROGRAMS } from './support/packaged-postgres'

const { server, adminUrl } = inject('stack')
const scripts = fileURLToPath(new URL('../../../../scripts/selfhost/', import.meta.url))
const migrations = fileURLToPath(new URL('../../server/db/migrations', import.meta.url))
const DATABASE = 'multi_vendor'
const SUPERUSER = 'of-the-superuser'
const PASSWORDS = { DATABASE_OWNER_PASSWORD: 'of-the-owner', DATABASE_APP_PASSWORD: 'of-the-app', DATABASE_REPLICATION_PASSWORD: 'of-electric' }

/** What the compose files do, in their order, by hand: the same scripts, client and server of one version. */
describe.runIf(PROGRAMS)('an installation on compose', () => {
  let postgres: PackagedPostgres
  let backups: string

  const script = (name: string, env: Record<string, string> = {}, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('sh', [`${scripts}${name}.sh`, ...args], { encoding: 'utf8', env: {
      PATH: `${PROGRAMS}:${process.env.PATH}`, PGHOST: '127.0.0.1', PGPORT: String(postgres.port), PGUSER: 'postgres', PGPASSWORD: SUPERUSER, PGDATABASE: DATABASE,
      BACKUP_FOLDER: backups, ...PASSWORDS, ...env } })
    return { status, said: `${stdout}${stderr}`.trim() }
  }
  const done = (name: string, env: Record<string, string> = {}) => expect(script(name, env)).toMatchObject({ status: 0 })
  const appUrl = () => postgres.address('mvdb_app', PASSWORDS.DATABASE_APP_PASSWORD, DATABASE)
  const ownerUrl = () => postgres.address('mvdb_owner', PASSWORDS.DATABASE_OWNER_PASSWORD, DATABASE)
  const migrate = () => spawnSync(process.execPath, [server, '--migrate-only'], { encoding: 'utf8', env: { PATH: process.env.PATH, DATABASE_URL: appUrl(), DATABASE_MIGRATION_URL: ownerUrl() } })
  const superuser = (text: string, database = DATABASE) => postgres.ask('postgres', SUPERUSER, database, text)
  const owner = (text: string) => postgres.ask('mvdb_owner', PASSWORDS.DATABASE_OWNER_PASSWORD, DATABASE, text)
  const electric = (text: string) => postgres.ask('mvdb_replication', PASSWORDS.DATABASE_REPLICATION_PASSWORD, DATABASE, text)

  beforeAll(async () => {
    postgres = await PackagedPostgres.start(SUPERUSER, DATABASE)
    backups = join(postgres.folder, 'backups')
    mkdirSync(backups)
    // At every start of the compose files again.
    for (let start = 0; start < 2; start++) {
      done('roles')
      expect(migrate()).toMatchObject({ status: 0, stderr: '' })
      done('publication')
    }
  })
  afterAll(() => postgres.stop())

  test('its roles, made and migrated in that order, pass every check', async () => {
    const findings = await lookAtDatabase({ databaseUrl: appUrl(), ownerUrl: ownerUrl(), migrations })
    expect(findings.filter(({ status }) => status !== 'ok')).toEqual([])
    const alone = await lookAtDatabase({ databaseUrl: appUrl(), migrations })
    expect(alone.filter(({ status }) => status !== 'ok'), 'as the app\'s container sees it').toEqual([])
  })

  test('Electric may read the tables and the log, and may write nothing, see no password and make no table', async () => {
    expect(await electric('select count(*)::int as folders from folders')).toEqual([{ folders: 0 }])
    expect(await electric(`select slot_name from pg_create_logical_replication_slot('tried', 'pgoutput', true)`)).toEqual([{ slot_name: 'tried' }])
    for (const text of ['select * from auth.credentials', 'delete from folders', 'create table public.x ()', 'create schema x', 'alter table folders replica identity default', 'set role mvdb_owner']) {
      await expect(electric(text), text).rejects.toMatchObject({ code: '42501' })
    }
  })

  test('everything that a shape may be made of is published, whole rows, in a publication of Electric\'s own; a new table after the next run', async () => {
    const published = async () => (await superuser(`select tablename as name from pg_publication_tables where pubname = 'electric_publication_default' order by 1`)).map(({ name }) => name)
    expect(await published()).toEqual(Object.keys(entities).toSorted())
    expect(await superuser(`select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relreplident <> 'f'`)).toEqual([])
    expect(await superuser(`select pg_get_userbyid(pubowner) as owner from pg_publication`)).toEqual([{ owner: 'mvdb_replication' }])
    await owner('create table public.of_the_next_version (id int primary key)')
    done('publication')
    expect(await published()).toContain('of_the_next_version')
    expect(await electric('select * from of_the_next_version')).toEqual([])
    await owner('drop table public.of_the_next_version')
  })

  test('a new password in .env is the role\'s after the next start, and the old one opens nothing', async () => {
    done('roles', { DATABASE_APP_PASSWORD: 'it\'s "another" one' })
    await expect(postgres.ask('mvdb_app', PASSWORDS.DATABASE_APP_PASSWORD, DATABASE, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    await expect(postgres.ask('mvdb_app', encodeURIComponent('it\'s "another" one'), DATABASE, 'select 1')).resolves.toHaveLength(1)
    done('roles')
  })

  test('a backup is put back as it was, beside what was there; not while somebody is connected, nor from half a file', { timeout: 60_000 }, async () => {
    await superuser(`insert into users (id, email, name) values ('00000000-0000-4000-8000-000000000001', 'kept@example.com', 'Kept')`)
    await superuser(`select pg_create_logical_replication_slot('of_electric', 'pgoutput')`)
    done('backup')
    const [name = '', ...more] = readdirSync(backups)
    expect([name, more]).toEqual([expect.stringMatching(/^multi_vendor-\d{8}T\d{6}Z\.dump$/), []])
    await superuser('delete from users')

    const file = join(backups, name)
    spawnSync('sh', ['-c', `head -c 20000 ${file} > ${file}.half`])
    expect(script('restore', {}, `${file}.half`).status).not.toBe(0)
    expect(await superuser('select count(*)::int as left from users'), 'the old one is untouched').toEqual([{ left: 0 }])
    expect(script('restore', {}, `${file}.none`)).toEqual({ status: 1, said: expect.stringContaining(`Say which backup: restore.sh FILE. ${file}.none cannot be read.`) })

    expect(script('restore', {}, file)).toMatchObject({ status: 0 })
    expect(await superuser('select name from users')).toEqual([{ name: 'Kept' }])
    expect(await superuser('select slot_name from pg_replication_slots', 'postgres'), 'no slot of the old one holds the log back').toEqual([])
    // Rights on a database are no part of its dump: the next start gives them.
    done('roles')
    expect((await lookAtDatabase({ databaseUrl: appUrl(), ownerUrl: ownerUrl(), migrations })).filter(({ status }) => status !== 'ok')).toEqual([])
    const [old] = await superuser(`select datname from pg_database where datname like 'multi_vendor_before_%'`, 'postgres')
    expect(await superuser('select count(*)::int as left from users', String(old?.datname))).toEqual([{ left: 0 }])
  })

  test('a restore beside open connections is refused', async () => {
    const [file = ''] = readdirSync(backups)
    const held = postgres.ask('mvdb_app', PASSWORDS.DATABASE_APP_PASSWORD, DATABASE, 'select pg_sleep(3)')
    await expect.poll(() => superuser(`select 1 from pg_stat_activity where query like 'select pg_sleep%' and usename = 'mvdb_app'`, 'postgres')).toHaveLength(1)
    expect(script('restore', {}, join(backups, file))).toEqual({ status: 1, said: expect.stringMatching(/^1 connections are open to multi_vendor: stop the app and Electric first/) })
    await held
  })

  test('a client of another major version than the server makes no backup', () => {
    const { port, password } = new URL(adminUrl)
    const { status, said } = script('backup', { PGPORT: port, PGPASSWORD: password, PGDATABASE: 'electric' })
    expect([status, said]).toEqual([1, expect.stringMatching(/^pg_dump is of version \d+ and the server of version \d+: make the backup with the image that the server runs from\.$/)])
  })
})
