// What a given PostgreSQL must have and allow before shapes can be built from it.
import pg from 'pg'
import { StackError, messageOf } from '../errors.ts'
import { log } from '../logging.ts'
import type { Names } from './names.ts'

/** The first whose publications hold generated columns, without which rows of the log lack what snapshots have. */
const OLDEST = { number: 180_000, name: '18' }

interface Facts {
  version: number
  version_name: string
  standby: boolean
  wal_level: string
  encoding: string
  superuser: boolean
  slots: number
  max_slots: number
  has_slot: boolean
  senders: number
  max_senders: number
  unbounded: boolean
}

/** Throws a StackError for the first thing that is missing: one sentence that ends with the cure. */
export async function checkServer(client: pg.Client, { slot }: Names, { user, url }: { user: string, url: string }): Promise<void> {
  const { rows } = await client.query<Facts>(`
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS version_name,
           pg_is_in_recovery() AS standby, current_setting('wal_level') AS wal_level, current_setting('server_encoding') AS encoding,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
           (SELECT count(*)::int FROM pg_replication_slots) AS slots, current_setting('max_replication_slots')::int AS max_slots,
           EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1) AS has_slot,
           (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'walsender') AS senders, current_setting('max_wal_senders')::int AS max_senders,
           current_setting('max_slot_wal_keep_size') = '-1' AS unbounded`, [slot])
  const [facts] = rows
  const refuse = (code: string, sentence: string): never => {
    throw new StackError(code, sentence)
  }
  if (!facts) return
  if (facts.version < OLDEST.number) refuse('old_postgres', `PostgreSQL is ${facts.version_name}, and ${OLDEST.name} is the oldest that shapes can be built from: upgrade it, or use Electric.`)
  if (facts.standby) refuse('standby', 'PostgreSQL is a standby, which takes no publication: give the address of the primary.')
  if (facts.wal_level !== 'logical') refuse('wal_level', `PostgreSQL's wal_level is ${facts.wal_level}, and shapes are built from a logical one: ALTER SYSTEM SET wal_level = 'logical', then restart PostgreSQL.`)
  if (facts.encoding !== 'UTF8') refuse('bad_encoding', `The database's encoding is ${facts.encoding}, and shapes are UTF8: make a database with ENCODING 'UTF8'.`)
  // Event triggers tell of changed tables, and before them there is nothing less that may make one.
  if (!facts.superuser) refuse('no_superuser', `The role ${user} is no superuser, as whom event triggers, the roles that read and the publication of any table are made: ALTER ROLE ${pg.escapeIdentifier(user)} SUPERUSER, or give another role in --database-url.`)
  if (!facts.has_slot && facts.slots >= facts.max_slots) refuse('no_slot', `All ${facts.max_slots} replication slots of PostgreSQL are taken: drop one that nobody reads, or raise max_replication_slots and restart it.`)
  if (facts.senders >= facts.max_senders) refuse('no_sender', `All ${facts.max_senders} senders of PostgreSQL's log are taken: end one, or raise max_wal_senders and restart it.`)
  await replicates(url)
  if (facts.unbounded) log.warn('PostgreSQL keeps its log without bound for whoever stopped reading it: set max_slot_wal_keep_size, or a stopped stack fills its disk.')
}

/** A pooler in between passes everything on but this. */
async function replicates(url: string): Promise<void> {
  const settings = { connectionString: url, connectionTimeoutMillis: 5_000, replication: 'database' }
  const client = new pg.Client(settings)
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('IDENTIFY_SYSTEM')
  }
  catch (error) {
    throw new StackError('no_replication', `PostgreSQL gives no replication connection (${messageOf(error)}): --database-url must lead to PostgreSQL itself and not to a pooler, and pg_hba.conf must allow it.`)
  }
  finally {
    await client.end().catch(() => {})
  }
}
