import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPGlite } from '../support/new-pglite'
import { toolQuery } from '../../worker/reads/tool-query'

let pg: PGlite
const ask = (sql: string, params: unknown[] = []) => toolQuery(pg, sql, params)
beforeAll(async () => {
  pg = await newPGlite()
  await pg.exec('CREATE TABLE things (id int); INSERT INTO things VALUES (1)')
})
afterAll(() => pg.close())

test('it reads and never writes, whatever it says before', async () => {
  expect(await ask('SELECT id FROM things WHERE id = $1', [1])).toEqual([{ id: 1 }])
  await expect(ask('DELETE FROM things')).rejects.toMatchObject({ code: '25006' })
  expect(await ask('SELECT id FROM things')).toHaveLength(1)
})

test.each(['SET search_path TO nowhere', 'SELECT set_config(\'search_path\', \'nowhere\', false)', 'SET default_transaction_read_only TO on'])('%s harms no query after it', async (sql) => {
  await ask(sql)
  await pg.query('UPDATE things SET id = id')
  expect(await ask('SELECT id FROM things')).toHaveLength(1)
})

test.each(['SELECT 1/0', 'SELECT * FROM nothing', 'COMMIT', 'ROLLBACK'])('after %s the next query is answered', async (sql) => {
  await ask(sql).catch(() => undefined)
  expect(await ask('SELECT id FROM things')).toHaveLength(1)
  expect((await pg.query('SELECT id FROM things')).rows).toHaveLength(1)
})

test('more rows than a tab can take are an error that says so', async () => {
  await expect(ask('SELECT generate_series(1, 50001)')).rejects.toMatchObject({ code: '54000' })
})
