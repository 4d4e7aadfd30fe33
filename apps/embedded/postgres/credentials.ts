// The passwords of the roles, made once for a data folder and kept in it, readable by their owner only.
import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export interface Credentials { superuser: string, owner: string, app: string, reader: string }

/** Reads the passwords of a data folder, or makes them. `superuser` is what a fresh cluster gets. */
export function credentialsOf(dataDir: string, superuser: string): Credentials {
  const file = fileOf(dataDir)
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Credentials
  }
  catch {
    const made = { superuser, owner: secret(), app: secret(), reader: secret() }
    saveCredentials(dataDir, made)
    return made
  }
}

/** Replaces the file whole, so that a kill never leaves half of it. */
export function saveCredentials(dataDir: string, credentials: Credentials): void {
  const file = fileOf(dataDir)
  writeFileSync(`${file}.new`, JSON.stringify(credentials), { mode: 0o600 })
  chmodSync(`${file}.new`, 0o600)
  renameSync(`${file}.new`, file)
}

function fileOf(dataDir: string): string {
  return path.join(dataDir, 'credentials.json')
}

function secret(): string {
  return randomBytes(24).toString('hex')
}
