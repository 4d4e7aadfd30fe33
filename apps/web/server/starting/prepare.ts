import { isDatabaseAway } from '../db/away'
import { lookAtDatabase } from '../checks/database'
import type { Finding, Place } from '../checks/check'
import { withConnection } from '../db/connection'
import { claimForDemo, DemoError } from '../db/demo-guard'
import { isNewest, migrate } from '../db/migrate'
import { NewerDatabaseError } from '../db/schema-version'
import { isOutrun, isTooSlow, sqlState } from '../db/sql-state'

/** What only a person can mend: one sentence a line. */
export class StartError extends Error {}

export type Databases = Pick<Place, 'databaseUrl' | 'ownerUrl' | 'migrations'>

const MAY_NOT = '42501'

/**
 * Looks at the database and brings it to the newest schema. Repeating it changes nothing.
 * Out: why not yet, in one sentence, where waiting is right; undefined when all is ready. Throws StartError.
 */
export async function prepareDatabase(databases: Databases, { demo, say }: { demo: boolean, say: (sentence: string) => void }): Promise<string | undefined> {
  const { databaseUrl, ownerUrl } = databases
  const findings = await lookAtDatabase(databases)
  const waiting = refuseFailed(findings)
  if (waiting) return waiting
  for (const { status, sentence } of findings) if (status === 'warning') say(sentence)
  try {
    if (demo) await claimForDemo(ownerUrl ?? databaseUrl)
    return await bringToNewest(databases)
  }
  catch (error) {
    if (error instanceof DemoError || error instanceof NewerDatabaseError) throw new StartError(error.message)
    const reason = reasonOf(error)
    if (isDatabaseAway(error)) return `PostgreSQL went away before its schema was the newest (${reason}): it is tried again.`
    if (isOutrun(error) || isTooSlow(error)) return `The schema could not be brought up to date yet (${reason}): it is tried again.`
    throw new StartError(`The database could not be brought to the newest schema, so the server does not start: ${reason}.`)
  }
}

/** Throws StartError with what failed. Out: what is away. */
export function refuseFailed(findings: readonly Finding[]): string | undefined {
  const failures = findings.filter(({ status }) => status === 'failed')
  if (failures.length > 0) throw new StartError(failures.map(({ sentence }) => sentence).join('\n'))
  return findings.find(({ status }) => status === 'away')?.sentence
}

async function bringToNewest({ databaseUrl, ownerUrl, migrations }: Databases): Promise<string | undefined> {
  const change = () => migrate({ appUrl: databaseUrl, ownerUrl: ownerUrl ?? databaseUrl, folder: migrations })
  if (ownerUrl) await change()
  else if (!await withConnection(databaseUrl, connection => isNewest(connection, migrations))) {
    try {
      await change()
    }
    catch (error) {
      if (sqlState(error) !== MAY_NOT) throw error
      return 'The database is not of this version\'s schema and the role of DATABASE_URL may not change it: run start.mjs --migrate-only with DATABASE_MIGRATION_URL set; until then the server waits.'
    }
  }
  return undefined
}

const codeOf = (error: unknown): string => {
  const origin = error instanceof Error ? deepest(error) : undefined
  return origin && 'code' in origin ? String(origin.code) : ''
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? deepest(error).message || codeOf(error) || error.name : String(error)
}

/** drizzle wraps what PostgreSQL said, with the whole statement in its own message. */
function deepest(error: Error): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0]
  return error.cause instanceof Error ? deepest(error.cause) : error
}
