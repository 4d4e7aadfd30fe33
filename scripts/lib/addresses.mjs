import { readFileSync, writeFileSync } from 'node:fs'

/** Under `secrets`, because the password of the database is in it. */
const fileOf = dataDir => `${dataDir}/secrets/addresses.json`

/** @typedef {import('./stack.mjs').Addresses & { PUBLIC_URL?: string }} KeptAddresses */

/**
 * Keeps where the embedded stack of a data folder is, for commands that speak to it while it runs.
 * @param {string} dataDir
 * @param {KeptAddresses} addresses
 */
export function keepAddresses(dataDir, { DATABASE_URL, DATABASE_MIGRATION_URL, ELECTRIC_URL, ELECTRIC_API_KEY, PUBLIC_URL }) {
  writeFileSync(fileOf(dataDir), JSON.stringify({ DATABASE_URL, DATABASE_MIGRATION_URL, ELECTRIC_URL, ELECTRIC_API_KEY, PUBLIC_URL }), { mode: 0o600 })
}

/**
 * Reads it again; undefined where no stack was started on this folder.
 * @param {string} dataDir
 * @returns {KeptAddresses | undefined}
 */
export function keptAddresses(dataDir) {
  try { return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) }
  catch { return undefined }
}
