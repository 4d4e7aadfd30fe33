import { Refusal } from './command.mjs'

const NAMES = ['DATABASE_URL', 'DATABASE_MIGRATION_URL', 'ELECTRIC_URL', 'ELECTRIC_API_KEY']
const TIMEOUT_MS = 10_000

/**
 * @typedef {{ DATABASE_URL: string, DATABASE_MIGRATION_URL: string, ELECTRIC_URL: string, ELECTRIC_API_KEY: string }} Addresses
 *
 * Reads where the servers are. Refuses with the first that is not said.
 * @param {Record<string, string | undefined>} env
 * @returns {Addresses}
 */
export function readAddresses(env) {
  for (const name of NAMES) {
    if (!env[name]) throw new Refusal(`${name} is not set: these tests run on a PostgreSQL and an Electric that are given, by ${NAMES.slice(0, -1).join(', ')} and ${NAMES.at(-1)}.`)
  }
  for (const name of NAMES.slice(0, 3)) {
    // Not shown: there is a password in it.
    if (!URL.canParse(env[name])) throw new Refusal(`${name} is no address: correct it.`)
  }
  return Object.fromEntries(NAMES.map(name => [name, env[name]]))
}

/** Every relation that is somebody's: not PostgreSQL's, not an extension's, and not what tells the embedded stack of changes. */
const RELATIONS = `
  SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'mvdb_embedded')
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1`

/**
 * Looks before anything is written whether the servers are there and belong together, and whether the database is empty.
 * Refuses otherwise.
 * @param {Addresses} addresses
 */
export async function checkServers({ DATABASE_URL, DATABASE_MIGRATION_URL, ELECTRIC_URL, ELECTRIC_API_KEY }) {
  const app = await connect('DATABASE_URL', DATABASE_URL)
  const owner = await connect('DATABASE_MIGRATION_URL', DATABASE_MIGRATION_URL).catch(async (error) => {
    await app.end()
    throw error
  })
  try {
    const of = async client => (await client.query('SELECT current_database() AS name, system_identifier::text AS system FROM pg_control_system()')).rows[0]
    const [served, migrated] = [await of(app), await of(owner)]
    if (served.name !== migrated.name || served.system !== migrated.system) throw new Refusal('DATABASE_URL and DATABASE_MIGRATION_URL lead to two databases: they are two roles of one.')
    const { rows } = await owner.query(RELATIONS)
    if (rows.length > 0) throw new Refusal(`The database ${served.name} is not empty: it holds ${rows[0].name}${rows.length > 1 ? ` and ${rows.length - 1} more` : ''}. These tests fill a database and delete nothing of yours: give them one that is new and empty.`)
    const electric = new URL(ELECTRIC_URL)
    await checkSecret(electric, ELECTRIC_API_KEY)
    await checkSameDatabase(electric, ELECTRIC_API_KEY, owner, served.name)
  }
  finally {
    await Promise.all([app.end(), owner.end()])
  }
}

async function connect(name, connectionString) {
  // Only here: it is not there before the packages are installed.
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: TIMEOUT_MS })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  }
  catch (error) {
    throw new Refusal(`PostgreSQL at ${new URL(connectionString).host} does not let ${name} in (${error.message}): start it, or correct ${name}.`)
  }
}

/** Asks for a shape. Answers with the status. */
async function ask(electric, query) {
  const url = new URL('/v1/shape', electric)
  for (const [name, value] of Object.entries({ offset: '-1', ...query })) url.searchParams.set(name, value)
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    await answer.body?.cancel()
    return answer.status
  }
  catch (error) {
    throw new Refusal(`Electric at ${electric.host} does not answer (${error.cause?.code ?? error.message}): start it, or correct ELECTRIC_URL.`)
  }
}

async function checkSecret(electric, secret) {
  const status = await ask(electric, { table: 'mvdb_selfhost_probe', secret })
  if (status === 401) throw new Refusal(`Electric at ${electric.host} refuses ELECTRIC_API_KEY: give what its ELECTRIC_SECRET is.`)
  if (status >= 500) throw new Refusal(`Electric at ${electric.host} answers ${status}: look at its health and its log.`)
}

/** An Electric on another database would fail every scene, and say why in none. */
async function checkSameDatabase(electric, secret, owner, name) {
  await owner.query('CREATE TABLE public.mvdb_selfhost_probe (id int PRIMARY KEY)')
  try {
    const status = await ask(electric, { table: 'mvdb_selfhost_probe', secret })
    if (status !== 200) throw new Refusal(`Electric at ${electric.host} does not see a table of the database ${name} (it answers ${status}): both must be on one database, and Electric's role must be allowed to read its tables.`)
  }
  finally {
    await owner.query('DROP TABLE public.mvdb_selfhost_probe')
  }
}
