// What a data folder keeps about a PostgreSQL that is given: under which names we are there, and our roles' password.
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { StackError } from '../errors.ts'

export interface GivenFolder { id: string, password: string }

/** Reads it, or makes it: random, so that no two folders are anywhere under the same names. */
export function givenFolderOf(dataDir: string): GivenFolder {
  const file = fileOf(dataDir)
  if (existsSync(file)) return read(file)
  const made = { id: randomBytes(4).toString('hex'), password: randomBytes(24).toString('hex') }
  // Whole or not at all: under another id the slot of this one would be kept for nobody.
  writeFileSync(`${file}.new`, JSON.stringify(made), { mode: 0o600 })
  chmodSync(`${file}.new`, 0o600)
  renameSync(`${file}.new`, file)
  return made
}

/** Whether a folder was used with a given PostgreSQL. */
export const isGivenFolder = (dataDir: string): boolean => existsSync(fileOf(dataDir))

function read(file: string): GivenFolder {
  try {
    const { id, password } = JSON.parse(readFileSync(file, 'utf8')) as Partial<GivenFolder>
    if (typeof id === 'string' && /^[0-9a-f]{8}$/.test(id) && typeof password === 'string') return { id, password }
  }
  catch { /* the sentence below says what to do */ }
  throw new StackError('given_broken', `${file} cannot be read: restore it, or drop the replication slot named mvdb_… that nobody reads and start with an empty folder.`)
}

const fileOf = (dataDir: string): string => path.join(dataDir, 'given.json')
