import { readFileSync, writeFileSync } from 'node:fs'

/** Under `secrets`, because the password of the database is in it. */
const fileOf = dataDir => `${dataDir}/secrets/addresses.json`

/**
 * Keeps where the embedded stack of a data folder is, for commands that speak to it while it runs.
 * @param {string} dataDir
 * @param {{ DATABASE_URL: string, PUBLIC_URL?: string }} addresses
 */
export function keepAddresses(dataDir, { DATABASE_URL, PUBLIC_URL }) {
  writeFileSync(fileOf(dataDir), JSON.stringify({ DATABASE_URL, PUBLIC_URL }), { mode: 0o600 })
}

/**
 * Reads it again; undefined where no stack was started on this folder.
 * @param {string} dataDir
 * @returns {{ DATABASE_URL: string, PUBLIC_URL?: string } | undefined}
 */
export function keptAddresses(dataDir) {
  try { return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) }
  catch { return undefined }
}
