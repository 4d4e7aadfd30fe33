import { entities } from '../../shared/catalogue/entities'
import { failed, ok, type Check } from './check'
import type { Database } from './subjects'

interface Owner {
  name: string
  database: string
  creates: boolean
  creates_in_public: boolean
  /** A table of ours that belongs to somebody else. */
  foreign: string | null
}

const OWNER = `
  SELECT current_user AS name, current_database() AS database,
    has_database_privilege(current_database(), 'CREATE') AS creates,
    has_schema_privilege('public', 'CREATE') AS creates_in_public,
    (SELECT min(c.oid::regclass::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE (n.nspname IN ('auth', 'migrations') OR (n.nspname = 'public' AND c.relname = ANY ($1))) AND c.relkind IN ('r', 'p')
      AND NOT pg_has_role(c.relowner, 'USAGE')) AS foreign`

/** Which database of which server: two addresses may lead to one, or to two. */
const WHERE = 'SELECT current_database() || \' \' || (SELECT oid FROM pg_database WHERE datname = current_database()) || \' \' || pg_postmaster_start_time() AS place'

/** The role that makes and changes the tables. */
export const ownerRole: Check<Database> = {
  name: 'role of the migrations',
  async look({ app, owner }) {
    if (!owner) return ok('DATABASE_MIGRATION_URL is not set: the role of the app migrates, or another process does')
    const place = async (connection: Database['app']) => (await connection.query<{ place: string }>(WHERE)).rows[0]?.place
    if (await place(app) !== await place(owner)) return failed('DATABASE_MIGRATION_URL and DATABASE_URL lead to two databases: let both name the same host, port and database.')
    const { rows: [role] } = await owner.query<Owner>(OWNER, [Object.keys(entities)])
    if (!role) throw new Error('PostgreSQL does not know its own role')
    const { name, database, creates, creates_in_public, foreign } = role
    if (!creates) return failed(`The role ${name} of DATABASE_MIGRATION_URL may not make schemas: run GRANT CREATE ON DATABASE ${database} TO ${name}.`)
    if (!creates_in_public) return failed(`The role ${name} of DATABASE_MIGRATION_URL may not make tables: run GRANT USAGE, CREATE ON SCHEMA public TO ${name}.`)
    if (foreign !== null) return failed(`The table ${foreign} does not belong to ${name}, the role of DATABASE_MIGRATION_URL: run ALTER TABLE ${foreign} OWNER TO ${name}.`)
    return ok(`${name} owns the tables and may make more`)
  },
}
