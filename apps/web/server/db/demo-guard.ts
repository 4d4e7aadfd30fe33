import pg from 'pg'
import { DEMO_PEOPLE } from '../demo'

/** Demo accounts have a password that everybody knows: they are served to this machine only, from a database that holds nothing else. */
export class DemoError extends Error {}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/

/** Throws DemoError, in one sentence, where the demo would be reachable from elsewhere. */
export function refuseOpenDemo({ host, publicUrl }: { host: string, publicUrl?: string }): void {
  if (!LOOPBACK.test(host)) throw new DemoError(`DEMO is 1 and HOST is ${host}: the passwords of the demo are public, so it is served on 127.0.0.1 only.`)
  const name = publicUrl && new URL(publicUrl).hostname
  if (name && !LOOPBACK.test(name)) throw new DemoError(`DEMO is 1 and PUBLIC_URL is at ${name}: the passwords of the demo are public, so it is served on this machine only.`)
}

/** Any table that is not PostgreSQL's own, nor the embedded stack's. */
const USED = `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'mvdb_embedded')) AS yes`
const CLAIMED = `SELECT to_regclass('demo.installation') IS NOT NULL AS yes`
/** Made by a demo of the time before there was a mark: no sign-up was possible then, so its people are the seed's. */
const OLDER = `SELECT to_regclass('public.users') IS NOT NULL AND to_regclass('auth.audit') IS NULL AS yes`
const PEOPLE = 'SELECT count(*) = $2 AS yes FROM users WHERE email = ANY ($1)'

/** What says that the demo made a database; run as the owner of the tables. */
export const CLAIM = 'CREATE SCHEMA IF NOT EXISTS demo; CREATE TABLE IF NOT EXISTS demo.installation (made_at timestamptz NOT NULL DEFAULT now())'

/**
 * Marks an empty database as the demo's, before anything is made in it. One that is marked stays so.
 * Throws DemoError for any other, and what PostgreSQL says where it cannot be asked.
 */
export async function claimForDemo(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'multi-vendor-db demo' })
  await client.connect()
  const is = async (question: string, params: unknown[] = []) => (await client.query<{ yes: boolean }>(question, params)).rows[0]?.yes === true
  try {
    await client.query('BEGIN; SELECT pg_advisory_xact_lock(7211205)')
    const emails = DEMO_PEOPLE.map(({ email }) => email)
    const ours = await is(CLAIMED) || !await is(USED) || (await is(OLDER) && await is(PEOPLE, [emails, emails.length]))
    if (!ours) throw new DemoError('DEMO is 1 and the database was not made by the demo: the passwords of the demo are public, so it starts on a database of its own only.')
    await client.query(`SET LOCAL client_min_messages = warning; ${CLAIM}; COMMIT`)
  }
  finally {
    await client.end()
  }
}
