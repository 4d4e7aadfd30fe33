import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { entities } from '../../shared/catalogue/entities'
import { lookAtDatabase } from '../../server/checks/database'
import { PackagedPostgres, PROGRAMS } from './support/packaged-postgres'

const { server } = inject('stack')
const scripts = fileURLToPath(new URL('../../../../scripts/selfhost/', import.meta.url))
const migrations = fileURLToPath(new URL('../../server/db/migrations', import.meta.url))
const DATABASE = 'multi_vendor'
const SUPERUSER = 'of-the-superuser'
const PASSWORDS = { DATABASE_OWNER_PASSWORD: 'of-the-owner', DATABASE_APP_PASSWORD: 'of-the-app', DATABASE_REPLICATION_PASSWORD: 'of-electric' }

/** What the compose files do, in their order, by hand: the same scripts, client and server of one version. */
describe.runIf(PROGRAMS)('an installation on compose', () => {
  let postgres: PackagedPostgres

  const script = (name: string, env: Record<string, string> = {}, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('sh', [`${scripts}${name}.sh`, ...args], { encoding: 'utf8', env: {
      PATH: `${PROGRAMS}:${process.env.PATH}`, PGHOST: '127.0.0.1', PGPORT: String(postgres.port), PGUSER: 'postgres', PGPASSWORD: SUPERUSER, PGDATABASE: DATABASE, ...PASSWORDS, ...env } })
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
})
