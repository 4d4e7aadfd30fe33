// A backup of the database into a file.
import path from 'node:path'
import type pg from 'pg'
import { StackError } from '../errors.ts'
import { DATABASE } from '../postgres/cluster.ts'
import { OWNER_ROLE, urlOf } from '../postgres/roles.ts'
import { alone, asSuperuser, beside } from './databases.ts'
import { dump } from './dump.ts'
import type { Sequence, Table, Version } from './format.ts'
import type { Schema } from './schema.ts'
import type { Access } from './server.ts'
import { otherSchemas, sameColumns, sequencesOf, tablesOf } from './tables.ts'
import { writeWhole } from './write.ts'

export interface Made {
  tables: number
  /** Tables, sequences and schemas that are not the project's: a restore could not make them, so they are not in the file. */
  leftOut: string[]
}

export interface BackupOptions {
  schema: Schema
  file: string
  onProgress?: (said: string) => void
}

/**
 * Writes everything of one moment into a file. Works beside running sessions; nobody waits for it but who alters a table.
 * @throws a StackError: `nothing_to_back_up`, `backup_not_possible`, `backup_not_written`, `backup_runs`
 */
export async function backUp(access: Access, options: BackupOptions): Promise<Made> {
  return await alone(access.server, access.credentials, () => backUpAlone(access, options))
}

/** The same for whoever has the right already. */
export async function backUpAlone({ server, credentials }: Access, { schema, file, onProgress }: BackupOptions): Promise<Made> {
  return await asSuperuser(server, credentials, DATABASE, async (client) => {
    const version = await schema.versionOf(client)
    if (!version) throw new StackError('nothing_to_back_up', 'There is nothing to back up yet: the app was never started on these data.')
    const known = await knownAt({ server, credentials }, schema, version, await tablesOf(client, schema.names))
    const leftOut = [...await otherSequences(client, schema, known), ...await schemasBeside(client, schema)]
    let count = 0
    const content = dump(client, {
      schemas: schema.names,
      version,
      choose: (tables) => {
        const chosen = chooseKnown(tables, known.tables)
        leftOut.unshift(...tables.filter(table => !chosen.includes(table)).map(table => `the table ${table.schema}.${table.name}`))
        count = chosen.length
        return chosen
      },
      knows: sequence => find(known.sequences, sequence) !== undefined,
      async held(held) {
        if ((await schema.versionOf(held))?.when === version.when) return
        throw new StackError('backup_not_possible', 'The database was migrated while it was looked at, so nothing was backed up: run the command again.')
      },
      onProgress: (table, index, of, bytes) => onProgress?.(`${megabytes(bytes)} MB, table ${index + 1} of ${of} (${table.schema}.${table.name})`),
    })
    await writeWhole(path.resolve(file), content)
    return { tables: count, leftOut }
  })
}

/** What is in a database beside what a backup of it would hold. */
export async function leftOutOf({ server, credentials }: Access, schema: Schema): Promise<string[]> {
  return await asSuperuser(server, credentials, DATABASE, async (client) => {
    const version = await schema.versionOf(client)
    const tables = await tablesOf(client, schema.names)
    const known = version ? await knownAt({ server, credentials }, schema, version, tables) : { tables: [], sequences: [] }
    return [
      ...tables.filter(table => !find(known.tables, table)).map(table => `the table ${table.schema}.${table.name}`),
      ...await otherSequences(client, schema, known),
      ...await schemasBeside(client, schema),
    ]
  })
}

export function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}

interface Known { tables: Table[], sequences: Sequence[] }

/**
 * The tables and sequences as the migrations make them. They are made for it, in a database beside: a backup is worth only what a
 * restore can put back, and the time to find out is now.
 */
async function knownAt({ server, credentials }: Access, schema: Schema, version: Version, tables: Table[]): Promise<Known> {
  return await beside(server, credentials, async (database) => {
    await schema.make(urlOf(server, OWNER_ROLE, credentials.owner, database), version, tables)
    return await asSuperuser(server, credentials, database, async client => ({ tables: await tablesOf(client, schema.names), sequences: await sequencesOf(client, schema.names) }))
  })
}

async function otherSequences(client: pg.ClientBase, schema: Schema, known: Known): Promise<string[]> {
  return (await sequencesOf(client, schema.names)).filter(sequence => !find(known.sequences, sequence)).map(({ schema: of, name }) => `the sequence ${of}.${name}`)
}

async function schemasBeside(client: pg.ClientBase, { names, derived }: Schema): Promise<string[]> {
  return (await otherSchemas(client, [...names, ...derived])).map(name => `the schema ${name}`)
}

function chooseKnown(tables: Table[], known: Table[]): Table[] {
  for (const table of known) {
    const there = find(tables, table)
    if (there && sameColumns(there, table)) continue
    throw new StackError('backup_not_possible', `The table ${table.schema}.${table.name} is not as the migrations make it, so a backup of it could not be restored: undo what was altered by hand, then run the command again.`)
  }
  return tables.filter(table => find(known, table))
}

function find<One extends { schema: string, name: string }>(all: readonly One[], { schema, name }: { schema: string, name: string }): One | undefined {
  return all.find(one => one.schema === schema && one.name === name)
}
