// A where comes from a request and is run by Postgres. These are the real role and the real session that run it.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { credentialsOf } from '../../postgres/credentials.ts'
import { OWN_NAMES, shapeRole } from '../../postgres/names.ts'
import { ask, startStack, type TestStack } from '../stack.ts'

let stack: TestStack
let admin: pg.Client
let role: string

beforeAll(async () => {
  stack = await startStack()
  admin = new pg.Client(stack.adminUrl)
  await admin.connect()
  await stack.sql(`
    CREATE TABLE public.asked (id bigint PRIMARY KEY);
    INSERT INTO public.asked VALUES (32000);
    CREATE TABLE public.vault (id bigint PRIMARY KEY);
    CREATE SCHEMA other;
    CREATE TABLE other.vault (id bigint PRIMARY KEY);
    CREATE VIEW public.all_asked AS SELECT * FROM public.asked`)
  // Another shape's role must not be of any use to this one.
  expect((await ask(stack, { table: 'vault', offset: '-1' })).status).toBe(200)
  expect((await ask(stack, { table: 'asked', offset: '-1', where: 'id > 0' })).status).toBe(200)
  const { rows } = await admin.query<{ oid: number }>(`SELECT 'public.asked'::regclass::oid AS oid`)
  role = shapeRole(OWN_NAMES, rows[0]?.oid ?? 0)
})
afterAll(async () => {
  await admin?.end()
  await stack?.remove()
})

/** A session as those of the stack's own pool, which has become the role of the asked table. */
async function asRole<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = new URL(stack.adminUrl)
  url.username = OWN_NAMES.reader
  url.password = credentialsOf(stack.dataDir, 'password').reader
  const client = new pg.Client(url.href)
  await client.connect()
  try {
    await client.query(`SET ROLE ${role}`)
    return await use(client)
  }
  finally {
    await client.end()
  }
}

test('of all relations that are not the system\'s, the role can read the asked table and change none', async () => {
  const { rows } = await admin.query<{ name: string, rights: string[] }>(`
    SELECT c.oid::regclass::text AS name, array_agg(r ORDER BY r) AS rights
      FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS r
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
       AND has_table_privilege($1, c.oid, r) GROUP BY c.oid`, [role])
  expect(rows).toEqual([{ name: 'asked', rights: ['SELECT'] }])
})

test('the role signs in nowhere, is no superuser, makes nothing and belongs to no other role', async () => {
  const { rows } = await admin.query(`
    SELECT rolcanlogin AS "signsIn", rolsuper AS super, rolcreaterole AS roles, rolcreatedb AS databases, rolreplication AS replicates,
           has_database_privilege(rolname, current_database(), 'CREATE') AS schemas, has_schema_privilege(rolname, 'public', 'CREATE') AS tables,
           EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) AS belongs
      FROM pg_roles r WHERE rolname = $1`, [role])
  expect(rows).toEqual([{ signsIn: false, super: false, roles: false, databases: false, replicates: false, schemas: false, tables: false, belongs: false }])
})

test('its session is read-only by default and gives a statement one second', async () => {
  await asRole(async (client) => {
    const setting = async (name: string) => (await client.query<Record<string, string>>(`SHOW ${name}`)).rows[0]?.[name]
    expect(await setting('default_transaction_read_only')).toBe('on')
    expect(await setting('statement_timeout')).toBe('1s')
    expect((await client.query('SELECT id FROM public.asked')).rows).toEqual([{ id: '32000' }])
    await expect(client.query('SELECT id FROM public.vault')).rejects.toThrow(/permission denied/)
    await expect(client.query('SELECT id FROM other.vault')).rejects.toThrow(/permission denied/)
    await expect(client.query('SELECT rolpassword FROM pg_authid')).rejects.toThrow(/permission denied/)
    await expect(client.query('CREATE TEMPORARY TABLE mine (id int)')).rejects.toThrow(/permission denied|read-only/)
  })
})

test('a table with row level security is read whole: who may have which rows is decided by who asks for the shape', async () => {
  await stack.sql('CREATE TABLE public.ruled (id bigint PRIMARY KEY); INSERT INTO public.ruled VALUES (1), (2); ALTER TABLE public.ruled ENABLE ROW LEVEL SECURITY')
  const answer = await ask(stack, { table: 'ruled', offset: '-1', where: 'id > 1' })
  expect(answer.status, answer.text).toBe(200)
  expect(answer.text).toContain('"id":"2"')
})

test('a slow where that depends on nothing but the row is ended after about a second', async () => {
  // A factorial of 32,000 takes long, and a hundred of them are one statement.
  await stack.sql('INSERT INTO public.asked SELECT n FROM generate_series(31800, 31999) AS n')
  const began = performance.now()
  const answer = await ask(stack, { table: 'asked', offset: '-1', where: 'factorial(id) > 0' })
  const ms = performance.now() - began
  expect(answer.status, answer.text).toBe(400)
  expect(answer.text).toMatch(/statement timeout/)
  expect(ms).toBeGreaterThan(900)
  expect(ms).toBeLessThan(6_000)
  expect((await ask(stack, { table: 'asked', offset: '-1', where: 'id > 0' })).status, 'and the next one is answered').toBe(200)
})
