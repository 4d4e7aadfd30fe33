import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Refusal } from './command.mjs'

/**
 * The secrets of a stack, each made at its first start and the same ever after.
 * @param {string} dataDir
 * @returns {{ electric: string, postgres: string, session: string }}
 */
export const keptSecrets = dataDir => ({
  electric: keptSecret(dataDir, 'electric'),
  postgres: keptSecret(dataDir, 'postgres'),
  session: keptSecret(dataDir, 'session'),
})

/**
 * A secret that is made once and kept, readable by its owner only.
 * @param {string} dataDir
 * @param {string} name file name under `secrets/`
 * @returns {string} 43 characters
 */
function keptSecret(dataDir, name) {
  const file = `${dataDir}/secrets/${name}`
  // The data folder itself stays open to PostgreSQL's account; only the secrets are closed.
  mkdirSync(dataDir, { recursive: true })
  mkdirSync(`${dataDir}/secrets`, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 })
  }
  catch (error) {
    if (error.code !== 'EEXIST') throw new Refusal(`${file} cannot be written (${error.code}): give this account the right to, or choose another folder with --data.`)
  }
  const secret = readFileSync(file, 'utf8').trim()
  if (secret.length < 32) throw new Refusal(`${file} holds no whole secret: delete it and start again, which signs everybody out.`)
  return secret
}
