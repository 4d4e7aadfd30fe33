// Who may do what in the database. The app never logs in as superuser: it migrates as the owner, serves as the app.
import pg from 'pg'
import { DATABASE } from './cluster.ts'
import type { Credentials } from './credentials.ts'
import { OWN_NAMES } from './names.ts'
import { withSession } from './session.ts'

export const OWNER_ROLE = 'mvdb_owner'
export const APP_ROLE = 'mvdb_app'
/** A PostgreSQL on this machine's loopback. */
export interface Server { port: number }

const { reader: READER_ROLE, checker: CHECKER_ROLE } = OWN_NAMES

/** Creates database and roles, or brings their passwords in line with the credentials. Safe to repeat. */
export async function prepareDatabase(cluster: Server, credentials: Credentials, database = DATABASE): Promise<void> {
  await withSession(urlOf(cluster, 'postgres', credentials.superuser, 'postgres'), async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
    if (!found.rowCount) await client.query(`CREATE DATABASE ${database}`)
  })
  await withSession(urlOf(cluster, 'postgres', credentials.superuser, database), async (client) => {
    await login(client, OWNER_ROLE, credentials.owner)
    await login(client, APP_ROLE, credentials.app)
    await login(client, READER_ROLE, credentials.reader, 'NOINHERIT')
    await login(client, CHECKER_ROLE, credentials.reader)
    await client.query(`
      ALTER ROLE ${READER_ROLE} SET default_transaction_read_only = on;
      ALTER ROLE ${READER_ROLE} SET statement_timeout = '1s';
      REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
      GRANT CONNECT ON DATABASE ${database} TO ${APP_ROLE}, ${READER_ROLE};
      GRANT TEMPORARY ON DATABASE ${database} TO ${READER_ROLE}; -- predicates are proved immutable on a temporary table
      GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${CHECKER_ROLE};
      GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${database} TO ${OWNER_ROLE};
      ALTER SCHEMA public OWNER TO ${OWNER_ROLE};
      GRANT USAGE ON SCHEMA public TO ${APP_ROLE};
      ALTER DEFAULT PRIVILEGES FOR ROLE ${OWNER_ROLE} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${APP_ROLE};
      ALTER DEFAULT PRIVILEGES FOR ROLE ${OWNER_ROLE} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${APP_ROLE};
    `)
  })
}

/** Gives `postgres` another password. */
export async function changeSuperuserPassword(cluster: Server, from: string, to: string): Promise<void> {
  await withSession(urlOf(cluster, 'postgres', from, 'postgres'), client =>
    client.query(`ALTER ROLE postgres PASSWORD ${pg.escapeLiteral(to)}`))
}

/** Connection URL of a role on this cluster. */
export function urlOf(cluster: Server, user: string, password: string, database = DATABASE): string {
  return `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${cluster.port}/${database}`
}

/** Makes a role that can sign in, or brings its password in line. */
export async function login(client: pg.Client, role: string, password: string, attributes = ''): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])
  const verb = found.rowCount ? 'ALTER' : 'CREATE'
  await client.query(`${verb} ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS ${attributes} PASSWORD ${pg.escapeLiteral(password)}`)
}
