import { failed, ok, type Check } from './check'
import type { Database } from './subjects'

/** The oldest that the migrations and Electric run on. */
const OLDEST = 14

export const postgresVersion: Check<Database> = {
  name: 'PostgreSQL version',
  async look({ app }) {
    const { rows: [row] } = await app.query<{ number: number, name: string }>('SELECT current_setting(\'server_version_num\')::int AS number, current_setting(\'server_version\') AS name')
    return judgePostgresVersion(row?.number ?? 0, row?.name ?? 'unknown')
  },
}

/** @param number as PostgreSQL counts: 140005 is 14.5 */
export function judgePostgresVersion(number: number, name: string) {
  return number >= OLDEST * 10_000 ? ok(`PostgreSQL ${name}`) : failed(`PostgreSQL is ${name}: move the database to a server of version ${OLDEST} or newer.`)
}
