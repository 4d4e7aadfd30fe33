import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import { entities } from '../../apps/web/shared/catalogue/entities'
import * as tables from '../../apps/web/shared/catalogue/tables'
import { entityWrites, type EntityNames } from './support/entity-writes'

const SERVER = fileURLToPath(new URL('../../apps/web/server/', import.meta.url))

/**
 * There are two kinds of write and no third: mutations, and account acts with the import, which are online for good. What
 * is written anywhere else has no idempotency key, and nobody sees it refused.
 */
const MAY_WRITE = /^(?:mutations|account|trees|api\/auth|db\/migrations)\//

const names: EntityNames = {
  tables: Object.keys(entities),
  exports: Object.entries(tables).filter(([, value]) => is(value, PgTable)).map(([name]) => name),
}

test('an entity is written by mutations, account acts and the import, and nowhere else on the server', () => {
  const files = readdirSync(SERVER, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'))
  const writes = (path: string) => entityWrites(path, readFileSync(`${SERVER}${path}`, 'utf8'), names)
  expect(files.filter(path => !MAY_WRITE.test(path)).flatMap(path => writes(path).map(line => `${path}:${line}`))).toEqual([])
  // It would also be empty if nothing were found where much is written.
  expect(files.filter(path => path.startsWith('mutations/')).flatMap(writes).length).toBeGreaterThan(10)
})

const IMPORT = 'import { folders, users as people } from \'../../shared/catalogue/tables\'\n'
test.each([
  ['drizzle', `${IMPORT}await tx.insert(folders).values(row)`],
  ['drizzle under another name', `${IMPORT}await tx.update(people).set({ name })`],
  ['all tables as one', 'import * as tables from \'../shared/catalogue/tables\'\nawait tx.delete(tables.companyMembers)'],
  ['SQL', 'await client.query(\'INSERT INTO folders (id) VALUES ($1)\', [id])'],
  ['SQL with a schema, in quotes', 'await client.query(\'delete from "public"."workspaces" where id = $1\', [id])'],
  ['SQL over lines', 'await client.query(`with x as (select 1)\n  update\n  users set name = $1`)'],
  ['SQL with a value in it', 'tx.execute(sql`update user_groups set name = ${name}`)'],
  ['SQL with the table in it', `${IMPORT}tx.execute(sql\`insert into \${folders} (id) values (\${id})\`)`],
])('a write by %s is found', (_, text) => {
  expect(entityWrites('api/x.ts', text, names)).toHaveLength(1)
})

test.each([
  ['a read', `${IMPORT}await tx.select().from(folders).for('update')`],
  ['another table of ours', 'import { sessions } from \'../db/auth\'\nawait tx.delete(sessions)'],
  ['a hash, and a map', 'createHash(\'sha256\').update(folders)\nseen.delete(users)'],
  ['a lock', 'client.query(\'select 1 from folders for update\')'],
])('%s is no write', (_, text) => {
  expect(entityWrites('api/x.ts', text, names)).toEqual([])
})
