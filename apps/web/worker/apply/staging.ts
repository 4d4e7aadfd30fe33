import type { Transaction } from '@electric-sql/pglite'
import { andScope, columnsOf, quote, quoteAll, type Target } from './local-table'

/** Makes an empty table of the target's columns and key; what an earlier refetch left there is dropped. */
export async function makeStaging(tx: Transaction, staging: string, target: Target): Promise<void> {
  await tx.exec(`DROP TABLE IF EXISTS ${staging};
    CREATE TABLE ${staging} (LIKE ${target.table} INCLUDING DEFAULTS INCLUDING GENERATED, PRIMARY KEY (${quoteAll(target.primaryKey)}))`)
}

export async function dropStaging(tx: Transaction, staging: string): Promise<void> {
  await tx.exec(`DROP TABLE IF EXISTS ${staging}`)
}

/**
 * Makes the target's rows those of the staging table by touching only what differs.
 * @param mayDelete whether rows of the target (of its scope) that are not staged are to go
 */
export async function swapStaging(tx: Transaction, staging: string, target: Target, mayDelete: boolean): Promise<void> {
  const columns = await columnsOf(tx, staging)
  const names = columns.map(column => column.name)
  const same = target.primaryKey.map(column => `s.${quote(column)} = t.${quote(column)}`).join(' AND ')
  if (mayDelete) {
    const params: (string | null)[] = []
    await tx.query(`DELETE FROM ${target.table} t WHERE NOT EXISTS (SELECT FROM ${staging} s WHERE ${same})${andScope(target.scope, params)}`, params)
  }
  const side = (alias: string) => columns.map(c => `${alias}.${quote(c.name)}${c.comparable ? '' : '::text'}`).join(', ')
  const others = names.filter(name => !target.primaryKey.includes(name))
  const action = others.length === 0
    ? 'NOTHING'
    : `UPDATE SET ${others.map(c => `${quote(c)} = excluded.${quote(c)}`).join(', ')} WHERE (${side('t')}) IS DISTINCT FROM (${side('excluded')})`
  await tx.exec(`INSERT INTO ${target.table} AS t (${quoteAll(names)}) SELECT ${quoteAll(names)} FROM ${staging}
    ON CONFLICT (${quoteAll(target.primaryKey)}) DO ${action}`)
}
