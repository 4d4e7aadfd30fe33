// What a backup file holds. Unpacked it is lines of text:
//
//   {"backup":"multi-vendor-db","format":1,"migration":…,"tables":[…]}     what is in it
//   {"table":["public","users"]}                                          for each table, in the order above:
//   …rows as COPY writes them…                                            (docs/decisions/0022-backup.md)
//   \.
//   {"tables":[{"rows":3,"sha256":…}],"sequences":[…]}                    how much it was, and where the numbers stand
//   {"end":true,"sha256":…}                                               of everything before this line
import { StackError } from '../errors.ts'

export const KIND = 'multi-vendor-db'
/** Raised when an older reader would read a newer file wrongly. */
export const FORMAT = 1
export const END_OF_ROWS = '\\.\n'

/** The migration that a database is at. `when` orders them, number and name are for people. */
export interface Version { number: number, name: string, when: number }

export interface Column { name: string, type: string }

export interface Table { schema: string, name: string, columns: Column[] }

export interface Header {
  backup: typeof KIND
  format: number
  madeAt: string
  /** The server that wrote it, such as 18.4. */
  postgres: string
  migration: Version
  tables: Table[]
}

export interface Sequence { schema: string, name: string, value: string, called: boolean }

/** The tables in the order of the header. */
export interface Summary {
  tables: { rows: number, sha256: string }[]
  sequences: Sequence[]
}

/** What a file is refused with. */
export const refusals = {
  foreign: (file: string) => new StackError('backup_foreign', `${file} is not a backup of this project: give a file that pnpm embedded:backup has made. Nothing was changed.`),
  cut: (file: string) => new StackError('backup_cut', `${file} is cut off, it ends before its end: copy it anew from where it is whole, or take an earlier one. Nothing was changed.`),
  altered: (file: string) => new StackError('backup_altered', `${file} is not as it was written (a checksum differs): copy it anew from where it is whole, or take an earlier one. Nothing was changed.`),
  newer: (file: string, made: string) => new StackError('backup_newer', `${file} was made by a newer version of this project (${made}): update the project first, then restore. Nothing was changed.`),
}

/**
 * Reads the first line of a file.
 * @throws a StackError: `backup_foreign` or `backup_newer`
 */
export function readHeader(line: string, file: string): Header {
  const header = parsed(line) as Partial<Header> | undefined
  if (header?.backup !== KIND || typeof header.format !== 'number') throw refusals.foreign(file)
  if (header.format > FORMAT) throw refusals.newer(file, `its format is ${header.format}`)
  if (!isVersion(header.migration) || !Array.isArray(header.tables) || !header.tables.every(isTable)) throw refusals.foreign(file)
  return header as Header
}

/** Reads the line behind the rows. Throws `backup_altered` where it is another. */
export function readSummary(line: string, file: string): Summary {
  const summary = parsed(line) as Partial<Summary> | undefined
  if (!Array.isArray(summary?.tables) || !Array.isArray(summary.sequences)) throw refusals.altered(file)
  return summary as Summary
}

/** Reads the checksum in the last line. Throws `backup_altered` where it is another. */
export function readEnd(line: string, file: string): string {
  const end = parsed(line) as { end?: unknown, sha256?: unknown } | undefined
  if (end?.end !== true || typeof end.sha256 !== 'string') throw refusals.altered(file)
  return end.sha256
}

export function tableLine(table: Table): string {
  return `${JSON.stringify({ table: [table.schema, table.name] })}\n`
}

function parsed(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  }
  catch {
    return undefined
  }
}

function isVersion(version: Partial<Version> | undefined): boolean {
  return typeof version?.number === 'number' && typeof version.name === 'string' && typeof version.when === 'number'
}

function isTable(table: Partial<Table> | undefined): boolean {
  return typeof table?.schema === 'string' && typeof table.name === 'string' && Array.isArray(table.columns)
    && table.columns.every(column => typeof column?.name === 'string' && typeof column.type === 'string')
}
