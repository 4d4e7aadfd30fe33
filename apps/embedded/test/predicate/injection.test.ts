// The where of a shape comes from a request. Whatever it says, other tables stay unseen and everything unchanged.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkPredicate, PredicateError, type Ask, type Predicate } from '../../predicate/index.ts'
import { startDatabase, type TestDatabase } from './database.ts'
import { HARMLESS, REFUSED } from './corpus.ts'

const TABLE = {
  schema: 'public',
  name: 'docs',
  columns: [
    { name: 'id', sqlType: 'integer' }, { name: 'company', sqlType: 'integer' }, { name: 'title', sqlType: 'text' },
    { name: 'doc', sqlType: 'jsonb' }, { name: 'made', sqlType: 'timestamp with time zone' }, { name: 'evil', sqlType: 'public.checked' },
  ],
}

let database: TestDatabase
let ask: Ask
let before: string

beforeAll(async () => {
  database = await startDatabase()
  await database.admin.query(`
    CREATE TABLE public.vault (id int PRIMARY KEY, secret text);
    INSERT INTO public.vault VALUES (1, 'the secret');
    CREATE SEQUENCE public.docs_seq;
    CREATE FUNCTION public.leak(n int) RETURNS boolean LANGUAGE sql IMMUTABLE SECURITY DEFINER AS 'SELECT count(*) > 0 FROM public.vault';
    CREATE FUNCTION public.same(a int, b int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT a = b';
    CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = public.same);
    CREATE DOMAIN public.checked AS text CHECK (public.leak(1));
    CREATE TABLE public.docs (id int PRIMARY KEY, company int, title text, doc jsonb, made timestamptz, evil public.checked);
    INSERT INTO public.docs VALUES (1, 1, 'one', '{}', '2026-01-02', 'x'), (2, 2, 'two', NULL, NULL, NULL);
    CREATE ROLE docs_reader NOLOGIN;
    GRANT SELECT ON public.docs TO docs_reader;
    GRANT USAGE ON SCHEMA public TO docs_reader;
    GRANT docs_reader TO mvdb_shape_reader;
  `)
  before = await state()
  ask = async (use) => {
    const client = await database.readers.connect()
    try {
      return await use(client)
    }
    finally {
      client.release()
    }
  }
}, 60_000)

afterAll(async () => await database?.stop())

for (const [what, wheres] of Object.entries(REFUSED)) {
  describe(`refuses ${what}`, () => {
    test.each(wheres.map(where => [where.slice(0, 80), where]))('%s', async (_, where) => {
      await expect(check(where)).rejects.toBeInstanceOf(PredicateError)
      expect(await state()).toBe(before)
    })
  })
}

describe('reads as plain values what only looks like an attack', () => {
  test.each(HARMLESS)('%s', async (where) => {
    const predicate = await check(where)
    const rows = await run(predicate)
    for (const row of rows) expect(Object.keys(row)).toEqual(['id', 'company', 'title', 'doc', 'made', 'evil'])
    expect(await state()).toBe(before)
  })
})

test('a value that breaks out of a string is only ever a value', async () => {
  const rows = await run(await check(`title = $1`, { 1: `' OR 1=1 --` }))
  expect(rows).toEqual([])
})

test('the role that runs a where can read no other table, even when a where were to slip through', async () => {
  const client = await database.readers.connect()
  try {
    await client.query('BEGIN READ ONLY; SET LOCAL ROLE docs_reader')
    await expect(client.query('SELECT secret FROM public.vault')).rejects.toThrow(/permission denied/)
    await client.query('ROLLBACK')
    await client.query('BEGIN; SET LOCAL ROLE docs_reader')
    await expect(client.query('DELETE FROM public.docs')).rejects.toThrow(/permission denied|read-only/)
    await client.query('ROLLBACK')
  }
  finally {
    client.release()
  }
})

function check(where: string, params: Record<string, string> = { 1: 'x' }): Promise<Predicate> {
  return checkPredicate({ where, params, table: TABLE }, ask)
}

/** Runs a predicate as the stack does: read-only, as the role that may read this one table. */
async function run(predicate: Predicate): Promise<Record<string, unknown>[]> {
  const client = await database.readers.connect()
  try {
    await client.query('BEGIN READ ONLY; SET LOCAL ROLE docs_reader')
    const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM public.docs WHERE (${predicate.sql})`, predicate.params)
    return rows
  }
  finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

/** Everything in the database that an attack could have changed. */
async function state(): Promise<string> {
  const { rows } = await database.admin.query(`
    SELECT (SELECT json_agg(v ORDER BY id) FROM public.vault v) AS vault, (SELECT json_agg(d ORDER BY id) FROM public.docs d) AS docs,
           (SELECT last_value FROM public.docs_seq) AS seq, (SELECT json_agg(rolname ORDER BY 1) FROM pg_roles) AS roles,
           (SELECT count(*) FROM pg_class WHERE relnamespace <> 'pg_catalog'::regnamespace AND relname !~ '^(pg_toast|mvdb_probe)') AS relations,
           (SELECT json_agg(setconfig) FROM pg_db_role_setting) AS settings`)
  return JSON.stringify(rows)
}
