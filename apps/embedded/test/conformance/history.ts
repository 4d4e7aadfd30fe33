// What happened in the database and to the server between the recorded exchanges, written anew from the messages that
// came of it. One history runs through all topics, as it did in the recording.
export interface World {
  sql(text: string): Promise<void>
  /** The stack is stopped and started again on the same data. */
  restart(mode: 'secret' | 'insecure'): Promise<void>
  stopPostgres(): Promise<void>
  /** Resolves when the stack says that it is active again. */
  startPostgres(): Promise<void>
  /** Resolves when the event stream that is being read has sent this many events. */
  streamed(events: number): Promise<void>
}

export type Action = (world: World) => Promise<void>
export interface Step { before?: Action, during?: Action }

const uuid = (end: string): string => `'00000000-0000-4000-8000-${end.padStart(12, '0')}'`
const sql = (text: string): Action => world => world.sql(text)
const during = (text: string): Step => ({ during: sql(text) })
const rename = (name: string): string => `UPDATE companies SET name = '${name}' WHERE id = ${uuid('1')};`

const COMPANY_CHANGES: Record<string, Step> = {
  'live insert': during(`INSERT INTO companies (id, slug, name, settings, created_at) VALUES (${uuid('9')}, 'ninth', 'Ninth', '{"k": 1}', '2026-05-05 05:05:05+00')`),
  'live update one column': during(`UPDATE companies SET name = 'Ninth2' WHERE id = ${uuid('9')}`),
  'live update pk': during(`UPDATE companies SET id = ${uuid('8')} WHERE id = ${uuid('9')}`),
  'live multi-op transaction': during(`BEGIN;
    INSERT INTO companies (id, name) VALUES (${uuid('7')}, 'Seven');
    UPDATE companies SET slug = 's7' WHERE id = ${uuid('7')};
    UPDATE companies SET settings = NULL WHERE id = ${uuid('8')};
    COMMIT`),
  'live delete 2': during(`DELETE FROM companies WHERE id = ${uuid('7')}`),
  'live delete (': during(`DELETE FROM companies WHERE id = ${uuid('8')}`),
  'live no-op update': during(`UPDATE companies SET name = name WHERE id = ${uuid('7')}`),
}

/** Before the first exchange of a topic. */
export const BEGIN: Record<string, Action> = {
  10: sql(`
    CREATE TABLE companies (id uuid PRIMARY KEY, slug text, name text, settings jsonb, created_at timestamptz);
    CREATE TABLE users (id uuid PRIMARY KEY, email text, name text);
    CREATE TABLE company_members (id uuid PRIMARY KEY, company_id uuid, user_id uuid, role text);
    CREATE TABLE nopk (a int, b text);
    CREATE TABLE "CamelCase" ("Id" int PRIMARY KEY, "someName" text);
    CREATE TABLE trunc_t (id int PRIMARY KEY, v text);
    CREATE TABLE alter_t (id int PRIMARY KEY, v text);
    CREATE VIEW v_companies AS SELECT * FROM companies;
    INSERT INTO companies VALUES
      (${uuid('1')}, 'acme', 'Acme', '{"theme": "dark", "n": 1}', '2026-01-02 03:04:05.678901+00'),
      (${uuid('2')}, 'beta', 'Beta, "Q"', NULL, '2026-01-02 22:00:00+00'),
      (${uuid('3')}, 'uni', 'Ünïcode', '{"a": [1, 2, {"b": null}]}', NULL);
    INSERT INTO users VALUES (${uuid('a1')}, 'ann@x', 'Ann'), (${uuid('a2')}, 'bob@x', 'Bob'), (${uuid('a3')}, 'cem@x', 'Cem');
    INSERT INTO company_members VALUES
      (${uuid('b1')}, ${uuid('1')}, ${uuid('a1')}, 'owner'), (${uuid('b2')}, ${uuid('1')}, ${uuid('a2')}, 'member'), (${uuid('b3')}, ${uuid('2')}, ${uuid('a3')}, 'owner');
    INSERT INTO nopk VALUES (1, 'x'), (1, 'x');
    INSERT INTO "CamelCase" VALUES (1, 'x');
    INSERT INTO trunc_t VALUES (1, 'a'), (2, 'b');
    INSERT INTO alter_t VALUES (1, 'a'), (2, 'b');`),
  17: sql(`UPDATE companies SET slug = 'acme' WHERE id = ${uuid('1')}`),
  19: sql(`BEGIN; DELETE FROM companies WHERE id = ${uuid('5')}; ${rename('Acme')} COMMIT`),
  21: world => world.restart('secret'),
  23: sql(rename('Acme')),
  24: sql(rename('Acme')),
  25: world => world.restart('insecure'),
  29: async (world) => {
    await world.restart('secret')
    await world.sql(rename('Acme'))
  },
  31: sql(`
    CREATE TYPE mood AS ENUM ('bad', 'ok');
    CREATE TABLE types_t (
      id int8 PRIMARY KEY, i2 int2, i4 int4, f4 float4, f8 float8, n numeric(10, 2), b bool, t text, vc varchar(10), c char(3), by bytea, d date,
      ts timestamp, tstz timestamptz, iv interval, u uuid, j json, jb jsonb, arr int4[], tarr text[], m mood, ip inet);
    INSERT INTO types_t VALUES (
      9007199254740993, 1, 2, 1.5, 2.25, 12.3, true, E'a"b\\\\c', 'v', 'c', '\\xdeadbeef', '2026-01-02', '2026-01-02 03:04:05', '2026-01-02 03:04:05+02',
      '1 day 2:03:04', '173b8a59-ed85-4572-9d84-c5c6463db2ed', '{"b":1, "a":2}', '{"b":1, "a":2}', '{1,2,NULL}', '{a,"b,c"}', 'ok', '10.0.0.1')`),
  32: sql(`
    CREATE TABLE big (id uuid PRIMARY KEY, company_id uuid NOT NULL, title text NOT NULL, body text, n int, settings jsonb, created_at timestamptz NOT NULL);
    INSERT INTO big SELECT lpad(to_hex(i), 32, '0')::uuid, ${uuid('1')}, 'Row number ' || i, repeat('b', 130), i, '{"k": 1}', '2026-01-02' FROM generate_series(1, 100000) AS i`),
}

/** By the beginning of an exchange's title. */
export const STEPS: Record<string, Record<string, Step>> = {
  '11_live_replica_default': COMPANY_CHANGES,
  '11_live_replica_full': COMPANY_CHANGES,
  '13': {
    'live: insert that matches': during(`INSERT INTO company_members VALUES (${uuid('b4')}, ${uuid('1')}, ${uuid('a3')}, 'member')`),
    'live: row leaves': during(`UPDATE company_members SET company_id = ${uuid('2')} WHERE id = ${uuid('b4')}`),
    'live: row enters': during(`UPDATE company_members SET company_id = ${uuid('1')} WHERE id = ${uuid('b4')}`),
    'live: delete': during(`DELETE FROM company_members WHERE id = ${uuid('b4')}`),
  },
  '15': {
    'update a selected column': during(rename('Acme2')),
    'update of an unselected column': {
      during: async (world) => {
        await world.sql(`UPDATE companies SET slug = 'acme2' WHERE id = ${uuid('1')}`)
        await world.sql(rename('Acme'))
      },
    },
  },
  '17': {
    'TRUNCATE while live': during('TRUNCATE trunc_t'),
    'ALTER TABLE ADD COLUMN': {
      during: async (world) => {
        await world.sql('ALTER TABLE alter_t ADD COLUMN n int DEFAULT 5')
        await world.sql(`INSERT INTO alter_t VALUES (3, 'c', 7)`)
      },
    },
    'DROP COLUMN': {
      during: async (world) => {
        await world.sql('ALTER TABLE alter_t DROP COLUMN v')
        await world.sql('UPDATE alter_t SET n = 8 WHERE id = 3')
      },
    },
    'DROP TABLE': during('DROP TABLE alter_t'),
  },
  '18': {
    'live update of a row never sent': during(rename('Acme3')),
    'live insert': during(`INSERT INTO companies (id, name) VALUES (${uuid('5')}, 'Five')`),
    'live after offset=now': during(rename('Acme4')),
  },
  '19': {
    'SSE 30 s': {
      // One after the other has come, as recorded (1 s apart there). Committed at once, two can be decoded in one burst:
      // they become readable together, and one up-to-date follows both, where Electric sends one after each.
      during: async (world) => {
        await world.sql(`INSERT INTO companies (id, name) VALUES (${uuid('6')}, 'Six')`)
        await world.streamed(2)
        await world.sql(`UPDATE companies SET name = 'Six2' WHERE id = ${uuid('6')}`)
        await world.streamed(4)
        await world.sql(`DELETE FROM companies WHERE id = ${uuid('6')}`)
      },
    },
    'SSE with TRUNCATE': {
      during: async (world) => {
        await world.sql(`INSERT INTO trunc_t VALUES (5, 'e')`)
        await world.sql('TRUNCATE trunc_t')
      },
    },
  },
  '20': { ELECTRIC_ENABLE_INTEGRATION_TESTING: { before: world => world.restart('insecure') } },
  '21': { 'live change': during(`BEGIN; UPDATE companies SET name = name WHERE id = ${uuid('2')}; ${rename('AcmeX')} COMMIT`) },
  '23': {
    'after Electric restart': { before: world => world.restart('secret') },
    'after restart, live': during(rename('AcmeR')),
  },
  '24': {
    'live request during which': { during: world => world.stopPostgres() },
    'health after Postgres came back': { before: world => world.startPostgres() },
    'live after Postgres came back': during(rename('AcmeP')),
  },
  '31': {
    'types: same row via the log': during(`INSERT INTO types_t SELECT 9007199254740994, i2, i4, f4, f8, n, false, t, vc, c, by, d, ts, tstz, iv, u, j, jb, arr, tarr, m, ip FROM types_t`),
  },
  '32': { 'page 6': { before: sql('UPDATE big SET n = n + 1 WHERE n <= 10000') } },
}
