// A backup file in the place of the database.
import path from 'node:path'
import { StackError } from '../errors.ts'
import { DATABASE } from '../postgres/cluster.ts'
import { APP_ROLE, OWNER_ROLE, urlOf } from '../postgres/roles.ts'
import { backUpAlone, leftOutOf } from './backup.ts'
import { alone, asSuperuser, beside, putInPlace } from './databases.ts'
import { type Header, refusals } from './format.ts'
import { load } from './load.ts'
import { verifyBackup } from './read.ts'
import type { Schema } from './schema.ts'
import type { Access } from './server.ts'
import { tablesOf, quoted } from './tables.ts'

export interface RestoreOptions {
  schema: Schema
  file: string
  /** What `examine` said of the file; it is asked where this is not given. */
  examined?: Header
  /** What happens to rows that there are: they refuse the restore, are backed up into a file first, or are thrown away. */
  present: 'refuse' | { backUpTo: string } | 'discard'
  onProgress?: (said: string) => void
}

/** Reads a file whole, and refuses it by itself: cut, altered, foreign, or of a newer version. Changes nothing. */
export async function examine(file: string, schema: Schema, onProgress?: (said: string) => void): Promise<Header> {
  const { header } = await verifyBackup(file, {
    ...percent('Looking through the file', onProgress),
    begin: ({ migration }) => {
      if (migration.when > schema.newest.when) throw refusals.newer(file, `its migration is ${migration.name}, the newest here is ${schema.newest.name}`)
    },
  })
  return header
}

/**
 * Fills a database beside the one that serves, holds it against the file, brings it to the newest migration, and puts it
 * in its place in one step: whatever fails or is killed before leaves everything as it was.
 * @throws a StackError: what `examine` refuses with, `not_empty`, `not_ours`, `restore_differs`, `backup_runs`, `database_in_use`
 */
export async function restore(access: Access, { schema, file, examined, present, onProgress }: RestoreOptions): Promise<Header> {
  const source = path.resolve(file)
  const { migration, tables } = examined ?? await examine(source, schema, onProgress)
  const { server, credentials } = access
  return await alone(server, credentials, async () => {
    await settlePresent(access, schema, present, onProgress)
    return await beside(server, credentials, async (database) => {
      const ownerUrl = urlOf(server, OWNER_ROLE, credentials.owner, database)
      await schema.make(ownerUrl, migration, tables)
      const header = await asSuperuser(server, credentials, database, client => load(client, source, schema.names, percent('Loading', onProgress).onProgress))
      await schema.finish(ownerUrl, urlOf(server, APP_ROLE, credentials.app, database))
      // Until it has statistics of its own, PostgreSQL plans as if every table were small.
      await asSuperuser(server, credentials, database, client => client.query('ANALYZE'))
      await putInPlace(server, credentials, database)
      return header
    })
  })
}

async function settlePresent(access: Access, schema: Schema, present: RestoreOptions['present'], onProgress: RestoreOptions['onProgress']): Promise<void> {
  if (present === 'discard') return
  const rows = await asSuperuser(access.server, access.credentials, DATABASE, client => hasRows(client, schema))
  const others = await leftOutOf(access, schema)
  if (others.length) throw new StackError('not_ours', `The database also holds ${others.join(', ')}, which no backup of this project keeps: move it elsewhere, or say --discard to lose it. Nothing was changed.`)
  if (!rows) return
  if (present === 'refuse') throw new StackError('not_empty', 'The database is not empty: say --replace to have what is in it replaced (a backup of it is made first). Nothing was changed.')
  await backUpAlone(access, { schema, file: present.backUpTo, ...(onProgress ? { onProgress: said => onProgress(`Backing up what is there: ${said}`) } : {}) })
}

/** The list of migrations is no data. */
async function hasRows(client: Parameters<typeof tablesOf>[0], schema: Schema): Promise<boolean> {
  for (const table of await tablesOf(client, schema.names)) {
    if (table.schema === 'migrations') continue
    const { rowCount } = await client.query(`SELECT 1 FROM ${quoted(table)} LIMIT 1`)
    if (rowCount) return true
  }
  return false
}

function percent(what: string, onProgress: RestoreOptions['onProgress']): { onProgress?: (done: number, of: number) => void } {
  return onProgress ? { onProgress: (done, of) => onProgress(`${what}: ${Math.floor(done / of * 100)} %`) } : {}
}
