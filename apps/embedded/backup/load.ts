// The rows of a backup into a database of the same schema that nobody uses yet.
import type pg from 'pg'
import { copyIn } from './copy.ts'
import { checksumOf } from './dump.ts'
import type { Header, Summary, Table } from './format.ts'
import { readBackup } from './read.ts'
import { StackError } from '../errors.ts'
import { SETTINGS, columnList, quoted, sameColumns, tablesOf } from './tables.ts'

/**
 * Loads a file, and reads every table back to hold it against the file. The session must be a superuser's.
 * @throws a StackError: what `readBackup` refuses with, or `restore_differs`
 */
export async function load(client: pg.ClientBase, file: string, schemas: readonly string[], onProgress?: (done: number, of: number) => void): Promise<Header> {
  await client.query(SETTINGS)
  // No trigger and no rule fires: they have fired already when the rows were written, and stand in the backup by their effect.
  await client.query('SET session_replication_role = replica')
  await client.query('BEGIN')
  const { header, summary } = await readBackup(file, {
    ...(onProgress ? { onProgress } : {}),
    begin: async ({ tables }) => {
      compare(tables, await tablesOf(client, schemas), file)
      // Also what the migrations themselves have written: the backup has it as it was at last.
      if (tables.length) await client.query(`TRUNCATE ${tables.map(quoted).join(', ')}`)
    },
    take: (table, _index, rows) => copyIn(client, `COPY ${quoted(table)} (${columnList(table)}) FROM STDIN`, rows),
  })
  for (const { schema, name, value, called } of summary.sequences) {
    await client.query('SELECT setval($1::regclass, $2, $3)', [quoted({ schema, name }), value, called])
  }
  await client.query('COMMIT')
  await check(client, header, summary)
  return header
}

/** Throws where the schema that was made is not the one that the backup is of. */
export function compare(backedUp: Table[], made: Table[], file: string): void {
  for (const table of backedUp) {
    const same = made.find(one => one.schema === table.schema && one.name === table.name)
    if (!same || !sameColumns(same, table)) {
      throw new StackError('restore_differs', `The table ${table.schema}.${table.name} in ${file} is not as this version of the project makes it: restore with the version that made the backup. Nothing was changed.`)
    }
  }
}

async function check(client: pg.ClientBase, { tables }: Header, summary: Summary): Promise<void> {
  for (const [index, table] of tables.entries()) {
    if (await checksumOf(client, table) === summary.tables[index]?.sha256) continue
    throw new StackError('restore_differs', `${table.schema}.${table.name} is not the same after it was loaded: this is a mistake in the restore itself. Nothing was changed.`)
  }
}
