import { failed, ok, warning, type Check, type Verdict } from './check'
import type { Database } from './subjects'

interface Role {
  name: string
  superuser: boolean
  bypasses: boolean
  replicates: boolean
  /** A role that stands above row level security and that this one may become. */
  above: string | null
  owned: number
  creates: boolean
}

const ROLE = `
  SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolbypassrls AS bypasses, r.rolreplication AS replicates,
    (SELECT min(a.rolname) FROM pg_roles a WHERE a.oid <> r.oid AND (a.rolsuper OR a.rolbypassrls) AND pg_has_role(r.oid, a.oid, 'MEMBER')) AS above,
    (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname !~ '^pg_') AS owned,
    has_database_privilege(current_database(), 'CREATE') AS creates
  FROM pg_roles r WHERE r.rolname = current_user`

/** The role that serves requests: what it may not do, no mistake in a route can. */
export const appRole: Check<Database> = {
  name: 'role of the app',
  async look({ app, owner }) {
    const { rows: [role] } = await app.query<Role>(ROLE)
    if (!role) throw new Error('PostgreSQL does not know its own role')
    return aboveTheRules(role) ?? (owner ? besideOwner(role, await nameOf(owner), await mayBecome(app, await nameOf(owner))) : alone(role))
  },
}

function aboveTheRules({ name, superuser, bypasses, replicates, above }: Role): Verdict | undefined {
  if (superuser) return failed(`The role ${name} of DATABASE_URL is a superuser, whom row level security does not bind: give the app a role of its own (docs/operations.md, "Roles").`)
  if (bypasses) return failed(`The role ${name} of DATABASE_URL passes by row level security: run ALTER ROLE ${name} NOBYPASSRLS.`)
  if (replicates) return failed(`The role ${name} of DATABASE_URL may read the log of every change: run ALTER ROLE ${name} NOREPLICATION.`)
  if (above !== null) return failed(`The role ${name} of DATABASE_URL may become ${above}, which row level security does not bind: run REVOKE ${above} FROM ${name}.`)
  return undefined
}

function besideOwner({ name, owned, creates }: Role, owner: string, becomes: boolean): Verdict {
  if (name === owner) return alone({ name, owned, creates })
  if (owned > 0) return failed(`The role ${name} of DATABASE_URL owns ${owned} tables or views, whose rules it could change: run REASSIGN OWNED BY ${name} TO ${owner}.`)
  if (becomes) return failed(`The role ${name} of DATABASE_URL may become the owner ${owner}: run REVOKE ${owner} FROM ${name}.`)
  return ok(`${name} serves, owns nothing and passes by nothing`)
}

/** Served by one role that owns its tables, or by one whose tables another process migrates. */
function alone({ name, owned, creates }: Pick<Role, 'name' | 'owned' | 'creates'>): Verdict {
  if (owned === 0 && !creates) return ok(`${name} serves and owns nothing; migrations are made elsewhere`)
  return warning(`The role ${name} of DATABASE_URL owns the tables that it serves: give the app a role of its own, and this one to DATABASE_MIGRATION_URL.`)
}

async function nameOf(connection: Database['app']): Promise<string> {
  return (await connection.query<{ name: string }>('SELECT current_user AS name')).rows[0]?.name ?? ''
}

async function mayBecome(app: Database['app'], owner: string): Promise<boolean> {
  return (await app.query<{ yes: boolean }>('SELECT pg_has_role($1::name, \'MEMBER\') AS yes', [owner])).rows[0]?.yes === true
}
