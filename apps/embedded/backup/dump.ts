// A database as the lines of a backup.
import { createHash, type Hash } from 'node:crypto'
import type pg from 'pg'
import { copyOut } from './copy.ts'
import { END_OF_ROWS, FORMAT, type Header, KIND, type Sequence, type Summary, type Table, tableLine, type Version } from './format.ts'
import { SETTINGS, columnList, quoted, sequencesOf, tablesOf } from './tables.ts'

export interface DumpOptions {
  schemas: readonly string[]
  version: Version
  /** Throws where a table could not be put back, or names those to leave out. */
  choose: (tables: Table[]) => Table[]
  /** Whether a restore makes this sequence. */
  knows: (sequence: Pick<Sequence, 'schema' | 'name'>) => boolean
  /** Called once the tables are held: throws where the database is not at `version` any more. */
  held: (client: pg.ClientBase) => Promise<void>
  /** Called as rows come: the table, which of how many it is, and bytes of text until now. */
  onProgress?: (table: Table, index: number, of: number, bytes: number) => void
}

/**
 * Yields a backup of one moment: everything that was committed by then, and nothing else. The session must be a superuser's, whom no
 * policy hides a row from, and is of no use afterwards but to be closed.
 */
export async function* dump(client: pg.ClientBase, options: DumpOptions): AsyncGenerator<Buffer, void> {
  await client.query(SETTINGS)
  const held = await begin(client, options.schemas)
  await options.held(client)
  const tables = options.choose(held)
  const whole = createHash('sha256')
  const text = (line: string): Buffer => {
    whole.update(line)
    return Buffer.from(line)
  }
  yield text(`${JSON.stringify(await headerOf(client, tables, options.version))}\n`)
  const copied: { rows: number, sha256: string }[] = []
  let bytes = 0
  for (const [index, table] of tables.entries()) {
    yield text(tableLine(table))
    const hash = createHash('sha256')
    let rows = 0
    for await (const piece of copyTable(client, table)) {
      rows += linesIn(piece)
      hash.update(piece)
      whole.update(piece)
      bytes += piece.length
      options.onProgress?.(table, index, tables.length, bytes)
      yield piece
    }
    yield text(END_OF_ROWS)
    copied.push({ rows, sha256: hash.digest('hex') })
  }
  const sequences = (await sequencesOf(client, options.schemas)).filter(options.knows)
  await client.query('COMMIT')
  yield text(`${JSON.stringify({ tables: copied, sequences } satisfies Summary)}\n`)
  yield Buffer.from(`${JSON.stringify({ end: true, sha256: whole.digest('hex') })}\n`)
}

/** The checksum of a table's rows, in the order that they lie in: the same as a backup's where they were loaded from one. */
export async function checksumOf(client: pg.ClientBase, table: Table): Promise<string> {
  const hash: Hash = createHash('sha256')
  for await (const piece of copyTable(client, table)) hash.update(piece)
  return hash.digest('hex')
}

function copyTable(client: pg.ClientBase, table: Table): AsyncGenerator<Buffer, void> {
  return copyOut(client, `COPY ${quoted(table)} (${columnList(table)}) TO STDOUT`)
}

/** Begins the transaction. The tables are held fast before its moment, so that none is altered between list and rows. */
async function begin(client: pg.ClientBase, schemas: readonly string[]): Promise<Table[]> {
  for (;;) {
    const listed = await tablesOf(client, schemas)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    if (listed.length) await client.query(`LOCK TABLE ${listed.map(table => `ONLY ${quoted(table)}`).join(', ')} IN ACCESS SHARE MODE`)
    const tables = await tablesOf(client, schemas)
    if (JSON.stringify(tables) === JSON.stringify(listed)) return tables
    await client.query('ROLLBACK')
  }
}

async function headerOf(client: pg.ClientBase, tables: Table[], migration: Version): Promise<Header> {
  const { rows } = await client.query<{ version: string }>('SELECT current_setting(\'server_version\') AS version')
  return { backup: KIND, format: FORMAT, madeAt: new Date().toISOString(), postgres: rows[0]?.version ?? '', migration, tables }
}

/** COPY writes a line break within a value as two characters: each line is a row. */
function linesIn(piece: Buffer): number {
  let lines = 0
  for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++
  return lines
}
