import { isDatabaseAway } from '../db/away'
import { withConnection, type Connection } from '../db/connection'
import { appRole } from './app-role'
import { away, failed, placeOf, type Check, type Finding, type Place } from './check'
import { databaseClock } from './clock'
import { ownerRole } from './owner-role'
import { postgresVersion } from './postgres-version'
import { schema } from './schema'
import type { Database } from './subjects'
import { walLevel } from './wal-level'

const CHECKS: readonly Check<Database>[] = [postgresVersion, walLevel, appRole, ownerRole, schema, databaseClock]

/** Looks at everything that must be so of PostgreSQL; where it cannot be reached, that is the one finding. */
export async function lookAtDatabase(place: Pick<Place, 'databaseUrl' | 'ownerUrl' | 'migrations'>): Promise<Finding[]> {
  const { databaseUrl, ownerUrl, migrations } = place
  const findings: Finding[] = []
  const look = async (database: Database) => {
    for (const check of CHECKS) findings.push({ name: check.name, ...await check.look(database) })
  }
  const reach = (variable: string, url: string, work: (connection: Connection) => Promise<void>) =>
    withConnection(url, work).catch((error: unknown) => { findings.push({ name: 'PostgreSQL', ...unreached(variable, url, error) }) })

  await reach('DATABASE_URL', databaseUrl, app => ownerUrl
    ? reach('DATABASE_MIGRATION_URL', ownerUrl, owner => look({ app, owner, migrations }))
    : look({ app, migrations }))
  return findings
}

/** What PostgreSQL says to a connection, as what is to be done about it. */
const REFUSALS: Record<string, (variable: string) => string> = {
  '28P01': variable => `PostgreSQL refuses the password of ${variable}: correct it there, or give the role that one by ALTER ROLE.`,
  '28000': variable => `PostgreSQL lets the role of ${variable} not in: make it with LOGIN, and allow its address in pg_hba.conf.`,
  '3D000': variable => `There is no database of the name in ${variable}: make it by CREATE DATABASE, or correct the name.`,
  '42501': variable => `The role of ${variable} may not connect to its database: run GRANT CONNECT ON DATABASE for it.`,
}

function unreached(variable: string, url: string, error: unknown) {
  if (isDatabaseAway(error)) return away(`PostgreSQL cannot be reached at ${placeOf(url)}: start it, or correct ${variable}.`)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const refusal = REFUSALS[code]
  return failed(refusal ? refusal(variable) : `PostgreSQL at ${placeOf(url)} does not answer as it should (${error instanceof Error ? error.message : code}): correct ${variable}.`)
}
