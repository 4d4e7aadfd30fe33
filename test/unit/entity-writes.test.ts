import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import { entities } from '../../apps/web/shared/catalogue/entities'
import * as tables from '../../apps/web/shared/catalogue/tables'
import { entityWrites, type EntityNames } from './support/entity-writes'

const SERVER = fileURLToPath(new URL('../../apps/web/server/', import.meta.url))

/** What mutations write is checked by their own tables of rights; here, what else may. */
const MUTATIONS = /^mutations\//

/**
 * There are three kinds of write and no fourth: mutations, account acts with the import, which are online for good, and the
 * leads of public forms, which nobody is signed in for and whose own keys say what came before. What is written anywhere else
 * has no idempotency key, and nobody sees it refused. So each file is listed with what it may do: an account act that renamed a
 * folder, or changed a company's settings, would be the fourth kind.
 */
const ACCOUNT_ACTS: Record<string, string[]> = {
  'account/accounts.ts': ['insert users'],
  'account/confirm.ts': ['update users: email'],
  'account/members.ts': ['insert company_members', 'update company_members: role', 'delete company_members', 'insert companies'],
  'account/membership.ts': ['update companies: owner_id', 'update companies: owner_id'],
  'api/auth/sign-in.post.ts': ['update users: last_login_at'],
  'leads/store.ts': ['insert leads', 'update leads'],
  'trees/rows.ts': ['insert workspaces', 'insert folders'],
  // No write of anybody's: what was deleted longer ago than it is kept, and is in no shape any more.
  'upkeep/retention.ts': ['delete workspaces', 'delete companies', 'delete folders'],
}

const names: EntityNames = new Map(Object.entries(tables).flatMap(([name, value]): [string, string][] => is(value, PgTable) ? [[name, getTableName(value)]] : []))

test('an entity is written by mutations, and by the files of account acts, public forms, import and retention as they are listed, and nowhere else on the server', () => {
  const files = readdirSync(SERVER, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'))
  const writes = (path: string) => entityWrites(path, readFileSync(`${SERVER}${path}`, 'utf8'), names)
  const others = files.filter(path => !MUTATIONS.test(path)).flatMap((path): [string, string[]][] => {
    const found = writes(path)
    return found.length > 0 ? [[path, found.map(({ what }) => what)]] : []
  })
  expect(Object.fromEntries(others)).toEqual(ACCOUNT_ACTS)
  // It would also hold if nothing were found where much is written.
  expect(files.filter(path => MUTATIONS.test(path)).flatMap(writes).length).toBeGreaterThan(10)
  expect([...names.values()].toSorted(), 'every entity is looked for').toEqual(Object.keys(entities).toSorted())
})

const IMPORT = 'import { folders, users as people } from \'../../shared/catalogue/tables\'\n'
test.each([
  ['drizzle', `${IMPORT}await tx.insert(folders).values(row)`, 'insert folders'],
  ['drizzle under another name', `${IMPORT}await tx.update(people).set({ name, 'email': to }).where(x)`, 'update users: name, email'],
  ['drizzle with columns from elsewhere', `${IMPORT}await tx.update(people).set(changed)`, 'update users: ?'],
  ['drizzle with columns from elsewhere among others', `${IMPORT}await tx.update(people).set({ name, ...changed })`, 'update users: name, ?'],
  ['all tables as one', 'import * as tables from \'../shared/catalogue/tables\'\nawait tx.delete(tables.companyMembers)', 'delete company_members'],
  ['SQL', 'await client.query(\'INSERT INTO folders (id) VALUES ($1)\', [id])', 'insert folders'],
  ['SQL with a schema, in quotes', 'await client.query(\'delete from "public"."workspaces" where id = $1\', [id])', 'delete workspaces'],
  ['SQL over lines', 'await client.query(`with x as (select 1)\n  update\n  users set name = $1`)', 'update users'],
  ['SQL with a value in it', 'tx.execute(sql`update user_groups set name = ${name}`)', 'update user_groups'],
  ['SQL with the table in it', `${IMPORT}tx.execute(sql\`insert into \${folders} (id) values (\${id})\`)`, 'insert folders'],
])('a write by %s is found', (_, text, what) => {
  expect(entityWrites('api/x.ts', text, names).map(found => found.what)).toEqual([what])
})

test.each([
  ['a read', `${IMPORT}await tx.select().from(folders).for('update')`],
  ['another table of ours', 'import { sessions } from \'../db/auth\'\nawait tx.delete(sessions)'],
  ['a hash, and a map', 'createHash(\'sha256\').update(folders)\nseen.delete(users)'],
  ['a lock', 'client.query(\'select 1 from folders for update\')'],
])('%s is no write', (_, text) => {
  expect(entityWrites('api/x.ts', text, names)).toEqual([])
})
