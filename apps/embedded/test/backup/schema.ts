// A schema with everything that a backup could get wrong, and its two migrations.
import type pg from 'pg'
import type { Version } from '../../backup/format.ts'
import type { Schema } from '../../backup/schema.ts'
import { withSession } from '../../postgres/session.ts'

export const FIRST: Version = { number: 0, name: '0000_first', when: 1_000 }
export const SECOND: Version = { number: 1, name: '0001_second', when: 2_000 }

/** Its triggers spoil whatever they fire on, and no role may see a row of `kept.children`. */
const TABLES = `
  CREATE SCHEMA kept;
  CREATE TABLE kept.applied (version bigint NOT NULL);
  CREATE TABLE every_type (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text, v varchar(200), j jsonb, js json, at timestamptz, day date, span interval,
    n numeric, f8 float8, f4 float4, b bytea, words text[], grid int[][], u uuid, yes boolean, made text GENERATED ALWAYS AS (t || '!') STORED
  );
  CREATE TABLE kept.children (id int PRIMARY KEY, parent bigint NOT NULL REFERENCES every_type (id), "odd ""Name" text);
  CREATE TABLE "An Empty.Table" (id int PRIMARY KEY);
  CREATE TABLE kept.log (what text NOT NULL);
  ALTER TABLE kept.children ENABLE ROW LEVEL SECURITY;
  ALTER TABLE kept.children FORCE ROW LEVEL SECURITY;
  CREATE POLICY not_marked ON kept.children FOR INSERT WITH CHECK (true);
  CREATE FUNCTION kept.spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO kept.log VALUES (TG_OP);
    IF TG_OP = 'TRUNCATE' THEN RAISE EXCEPTION 'never emptied'; END IF;
    NEW.t := 'spoiled';
    RETURN NEW;
  END $$;
  CREATE TRIGGER spoil BEFORE UPDATE ON every_type FOR EACH ROW EXECUTE FUNCTION kept.spoil();
  CREATE TRIGGER never_emptied BEFORE TRUNCATE ON every_type FOR EACH STATEMENT EXECUTE FUNCTION kept.spoil();
  CREATE FUNCTION kept.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM kept.log WHERE what = 'closed') THEN RAISE EXCEPTION 'no more rows'; END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER refuse BEFORE INSERT ON every_type FOR EACH ROW EXECUTE FUNCTION kept.refuse();
`

export const ROWS = `
  INSERT INTO every_type (t, v, j, js, at, day, span, n, f8, f4, b, words, grid, u, yes) VALUES
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ('', '', '""', '{}', 'infinity', '-infinity', 'PT0S', 'NaN', 'NaN', '-Infinity', '', '{}', '{}', '00000000-0000-0000-0000-000000000000', false),
    (E'\\\\N', E'\\\\.', 'null', ' { "b" : 1,  "a":2 , "a" :3 } ', '2024-02-29 23:59:59.999999+00', '0044-03-15 BC', 'P1Y2M3DT4H5M6.789012S', 1e-30, 1e-310, 1.17549435e-38, '\\x00ff5c0a', ARRAY['', NULL, 'a,b', '"', E'\\\\', '{}'], '{{1,2},{3,NULL}}', '018f3c5e-0000-7000-8000-000000000001', true),
    (E'tab\\t line\\n return\\r slash\\\\ \\\\.\\n\\\\.\\n end', repeat('ä', 160), '{"deep":[{"null":null,"text":"\\u20ac","big":12345678901234567890.123456789}]}', '[]', '1969-12-31 23:59:59.000001-03:30', '9999-12-31', '-1 mon +2 days', 12345678901234567890.12345678901234567890, 0.1, 0.1, NULL, ARRAY['NULL', 'null'], NULL, NULL, NULL),
    (repeat('🙂', 160), E'\\u00a0', '[]', 'null', '4713-01-01 00:00:00+00 BC', 'epoch', 'PT0.000001S', -0.00, -0.0, 3.4028235e38, decode(repeat('0a5c2e0a', 40000), 'hex'), NULL, NULL, NULL, true);
  INSERT INTO every_type (t) SELECT 'row ' || i FROM generate_series(1, 3000) i;
  DELETE FROM every_type WHERE id % 7 = 0;
  INSERT INTO kept.children SELECT id, id, nullif('child ' || id, 'child 1') FROM every_type WHERE id < 50;
  INSERT INTO kept.log VALUES ('closed');
`

/** `newest` is the code's: a restore with SECOND gives an added column. */
export function testSchema(newest: Version = FIRST): Schema {
  return {
    names: ['public', 'kept'],
    derived: ['mvdb_embedded'],
    newest,
    versionOf: async (client) => {
      const { rows: [found] } = await client.query<{ there: boolean }>('SELECT to_regclass(\'kept.applied\') IS NOT NULL AS there')
      if (!found?.there) return undefined
      const { rows } = await client.query<{ version: string }>('SELECT max(version)::text AS version FROM kept.applied')
      return [FIRST, SECOND].find(({ when }) => String(when) === rows[0]?.version)
    },
    make: async (ownerUrl, version) => {
      await run(ownerUrl, `${TABLES}; INSERT INTO kept.applied VALUES (${FIRST.when}); ${version.when === SECOND.when ? ADDED : ''}`)
    },
    finish: async (ownerUrl) => {
      if (newest === SECOND) await run(ownerUrl, `DO $do$ BEGIN IF (SELECT max(version) FROM kept.applied) < ${SECOND.when} THEN ${ADDED} END IF; END $do$`)
    },
  }
}

const ADDED = `ALTER TABLE kept.children ADD COLUMN added text NOT NULL DEFAULT 'since'; INSERT INTO kept.applied VALUES (${SECOND.when});`

/** Every row of every table as text, and where the sequences stand. */
export async function contentOf(adminUrl: string): Promise<Record<string, string[]>> {
  return await withSession(adminUrl, async (client) => {
    const content: Record<string, string[]> = {}
    for (const name of await namesOf(client)) {
      const { rows } = await client.query<{ line: string }>(`SELECT whole_row::text AS line FROM (SELECT ${columnsOf(name)} FROM ${name}) whole_row ORDER BY 1`)
      content[name] = rows.map(({ line }) => line)
    }
    return content
  })
}

/** The same in few characters, made by PostgreSQL. */
export async function digestOf(adminUrl: string): Promise<string> {
  return await withSession(adminUrl, async (client) => {
    let digest = ''
    for (const name of await namesOf(client)) {
      const { rows } = await client.query<{ line: string }>(`SELECT count(*) || ' ' || coalesce(sum(hashtextextended(whole_row::text, 0)), 0) AS line FROM (SELECT ${columnsOf(name)} FROM ${name}) whole_row`)
      digest += `${name}: ${rows[0]?.line}\n`
    }
    return digest
  })
}

async function namesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'S') AND n.nspname IN ('public', 'kept') ORDER BY 1`)
  return rows.map(row => row.name)
}

/** What PostgreSQL has written ahead of a sequence is no part of where it stands. */
function columnsOf(name: string): string {
  return name.endsWith('_seq') ? 'last_value, is_called' : '*'
}

/** The databases of the cluster that are neither PostgreSQL's nor the one that serves. */
export async function databasesBeside(adminUrl: string): Promise<string[]> {
  return await withSession(adminUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(`SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1', 'electric')`)
    return rows.map(row => row.datname)
  })
}

export async function run(url: string, text: string): Promise<void> {
  await withSession(url, client => client.query(text))
}
