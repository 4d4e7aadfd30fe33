import { failed, ok, type Check } from './check'
import type { Database } from './subjects'

/** Electric reads the log of changes, which holds what it needs at one level only. */
export const walLevel: Check<Database> = {
  name: 'wal_level',
  async look({ app }) {
    const { rows: [row] } = await app.query<{ level: string }>('SELECT current_setting(\'wal_level\') AS level')
    return row?.level === 'logical'
      ? ok('wal_level is logical')
      : failed(`wal_level is ${row?.level}: set wal_level = logical in PostgreSQL's configuration and restart it.`)
  },
}
