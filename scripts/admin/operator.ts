import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { beginAs } from '../../apps/web/server/db/asker'
import type { Transaction } from '../../apps/web/server/db/door'
import { Refusal } from '../../apps/web/server/http/refusal'
import { keptAddresses } from '../lib/addresses.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What the operator typed, or set, wrongly: one sentence. */
export class AdminError extends Error {}

export interface Place {
  databaseUrl: string
  /** Links are made from it. Throws AdminError where it is not known. */
  publicUrl: () => string
}

/** Where the app stands: the environment and `.env` say it, or the embedded stack that runs on a data folder. */
export function findPlace(dataDir?: string): Place {
  if (existsSync(`${ROOT}.env`)) process.loadEnvFile(`${ROOT}.env`)
  const outside = dataDir === undefined ? process.env.DATABASE_URL : undefined
  const kept = outside ? undefined : keptAddresses(resolve(dataDir ?? `${ROOT}.data/local`))
  const databaseUrl = outside || kept?.DATABASE_URL
  if (!databaseUrl) throw new AdminError('Say which database: set DATABASE_URL, or start the app and name its folder with --data.')
  const publicUrl = process.env.PUBLIC_URL || kept?.PUBLIC_URL
  return {
    databaseUrl,
    publicUrl: () => {
      if (!publicUrl || !URL.canParse(publicUrl)) throw new AdminError('Set PUBLIC_URL to the address of the app as people type it: the link is made from it.')
      return publicUrl
    },
  }
}

/**
 * Runs a command of the operator in one transaction and prints what it answers. Ends the process with one sentence and
 * code 1 when it fails; then nothing of it is kept.
 */
export async function operate(work: () => Promise<{ place: Place, act: (tx: Transaction) => Promise<string[]> }>): Promise<void> {
  let client: pg.Client | undefined
  try {
    const { place, act } = await work()
    client = new pg.Client({ connectionString: place.databaseUrl, application_name: 'multi-vendor-db operator' })
    await client.connect()
    await client.query(beginAs({ door: 'account' }, pg.escapeLiteral))
    const lines = await act(drizzle(client))
    await client.query('COMMIT')
    for (const line of lines) console.log(line)
  }
  catch (error) {
    console.error(operatorSentence(error))
    process.exitCode = 1
  }
  finally {
    await client?.end().catch(() => undefined)
  }
}

/** Why a command failed, in one sentence. */
export function operatorSentence(error: unknown): string {
  if (error instanceof AdminError) return error.message
  if (error instanceof Refusal) return Object.values(error.body.fields ?? {})[0] ?? error.message
  const origin = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = origin instanceof Error && 'code' in origin ? String(origin.code) : ''
  if (code === '42P01' || code === '3F000') return 'This database has not the tables of this version: start the server once, it makes them.'
  if (code === 'ECONNREFUSED') return 'The database cannot be reached: start it, or look at DATABASE_URL.'
  return `The database did not take it: ${origin instanceof Error && origin.message ? origin.message : code}.`
}
