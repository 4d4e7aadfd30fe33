import { PGlite } from '@electric-sql/pglite'
import { beforeAll, expect, test } from 'vitest'
import { startData } from '../../../../../scripts/start-data'
import { filesystem } from '../../../worker/database/filesystem'
import { LAST_FILE, packStart, unpackStart, type StartData } from '../../../worker/database/start-data'
import { createTables } from '../../../worker/database/tables'

let start: StartData
beforeAll(async () => { start = await startData() }, 120_000)

/** Everything that a query can meet: tables and views with their columns, indexes, functions, triggers, types, encodings. */
const CATALOGUE = `
  SELECT 'column' AS kind, format('%s.%s.%s %s %s', table_schema, table_name, column_name, data_type, is_nullable) AS what FROM information_schema.columns WHERE table_schema IN ('public', 'app_read')
  UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'function', format('%s %s', oid::regprocedure, prosrc) FROM pg_proc
  UNION ALL SELECT 'type', format('%s %s', typnamespace::regnamespace, typname) FROM pg_type WHERE typname !~ '^pg_toast'
  UNION ALL SELECT 'search', cfgname FROM pg_ts_config
  UNION ALL SELECT 'collation', format('%s %s', collname, collprovider) FROM pg_collation
  UNION ALL SELECT 'database', format('%s %s %s', pg_encoding_to_char(encoding), datcollate, datctype) FROM pg_database WHERE datname = current_database()
  ORDER BY 1, 2`
const catalogueOf = async (pg: PGlite) => (await pg.query<{ kind: string, what: string }>(CATALOGUE)).rows.map(({ kind, what }) => `${kind}: ${what}`)

test('a database that begins with the start data is the one that initdb and our tables make', async () => {
  const [started, made] = [await PGlite.create({ fs: filesystem({ kind: 'memory', name: '' }, start) }), await PGlite.create()]
  try {
    await createTables(made)
    expect(await catalogueOf(started)).toEqual(await catalogueOf(made))
    await createTables(started)
    await started.exec(`INSERT INTO company_storage VALUES ('00000000-0000-7000-8000-000000000001', true, NULL); CREATE TABLE made_later (id int PRIMARY KEY); CHECKPOINT`)
    expect((await started.query('SELECT kept FROM company_storage')).rows).toEqual([{ kept: true }])
  }
  finally {
    await started.close()
    await made.close()
  }
}, 60_000)

test('the packed directory comes back as it was, and what makes it a database comes last', () => {
  const again = unpackStart(packStart(start).buffer)
  expect(again.version).toBe(start.version)
  expect(again.files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString('base64').length])).toEqual(start.files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString('base64').length]))
  expect(again.files.at(-1)?.path).toBe(LAST_FILE)
})

test('a start data that was cut is refused', () => {
  const packed = packStart(start)
  expect(() => unpackStart(packed.slice(0, packed.length - 1_000).buffer)).toThrow(RangeError)
})
