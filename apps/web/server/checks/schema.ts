import { newerSentence, readSchemaVersion } from '../db/schema-version'
import { failed, ok, type Check } from './check'
import type { Database } from './subjects'

export const schema: Check<Database> = {
  name: 'schema',
  async look({ app, owner, migrations }) {
    const { known, made, newer, last } = await readSchemaVersion(owner ?? app, migrations)
    if (newer > 0) return failed(newerSentence(newer, last))
    if (made === undefined) return ok(`of which version, the role of the app may not see; this server's last migration is ${last}`)
    return ok(made === known ? `the newest, ${last}` : `${made} of ${known} migrations are made; the others are when the server starts`)
  },
}
