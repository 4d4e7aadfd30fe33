// What Postgres must hold for us: a publication, a permanent slot, and triggers that report schema changes.
import type pg from 'pg'
import { parseLsn } from './changes.ts'
import { OWN_NAMES, type Names, shapeRole } from '../postgres/names.ts'
import { StackError } from '../errors.ts'

/** Prefix of the messages that our triggers write into the log when a table's definition changes. */
export const SCHEMA_MESSAGE = 'mvdb_schema'
/** The same, when ALTER TABLE wrote every row anew: no row of that is in the log. */
export const REWRITE_MESSAGE = 'mvdb_rewrite'
const LOCK_TIMEOUT_MS = 3_000

/** The log that shapes are built from: which cluster's, and up to where our slot on it is confirmed. */
export interface LogIdentity { system: string, confirmed: number }

/**
 * Creates what is missing. `beforeNewSlot` is called before the slot is created, also in place of a lost one: shapes
 * made until then miss what was written in between.
 */
export async function prepareReplication(client: pg.ClientBase, names: Names, beforeNewSlot: () => void): Promise<LogIdentity> {
  const published = await client.query('SELECT 1 FROM pg_publication WHERE pubname = $1', [names.publication])
  if (!published.rowCount) {
    await client.query(`CREATE PUBLICATION ${names.publication} WITH (publish_generated_columns = stored)`)
  }
  await client.query(SCHEMA_TRIGGERS)
  // A promoted standby or a point in time that was restored is another timeline: what shapes hold may have never been there.
  const system = await client.query<{ id: string }>(`
    SELECT system_identifier || CASE WHEN timeline_id > 1 THEN '/' || timeline_id ELSE '' END AS id FROM pg_control_system(), pg_control_checkpoint()`)
  const slot = await client.query<{ wal_status: string | null, database: string, is_here: boolean }>('SELECT wal_status, database, database = current_database() AS is_here FROM pg_replication_slots WHERE slot_name = $1', [names.slot])
  const [found] = slot.rows
  // In a cluster of our own a slot elsewhere is of the database that a restore has put this one in the place of.
  if (found && !found.is_here && names !== OWN_NAMES) throw new StackError('other_database', `This data folder belongs to the database ${found.database} of the same server: give each database a folder of its own with --data.`)
  // `lost`: the server threw away log that we had not read (max_slot_wal_keep_size).
  const usable = found?.is_here === true && found.wal_status !== 'lost'
  if (!usable) {
    beforeNewSlot()
    if (found) await client.query('SELECT pg_drop_replication_slot($1)', [names.slot])
    await client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [names.slot])
  }
  const confirmed = await client.query<{ lsn: string }>('SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1', [names.slot])
  return { confirmed: parseLsn(confirmed.rows[0]?.lsn ?? '0/0'), system: system.rows[0]?.id ?? '' }
}

/**
 * Makes a table readable for shapes: published, whole old rows in the log, a role that may read only it.
 *
 * The exclusive lock is what makes it safe: whether a change is published is decided as of the moment it was
 * written, so a transaction that wrote before the table was published, and commits after the snapshot, would be
 * in neither. Once we hold the lock, every earlier writer has ended.
 */
export async function publishTable(client: pg.ClientBase, names: Names, table: { oid: number, quoted: string, schema: string }): Promise<void> {
  const state = await client.query<{ ready: boolean }>(
    `SELECT c.relreplident = 'f'
        AND EXISTS (SELECT 1 FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE p.pubname = $2 AND r.prrelid = c.oid)
        AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $3)
        AND has_table_privilege($3, c.oid, 'SELECT') AS ready
       FROM pg_class c WHERE c.oid = $1 AND (SELECT true FROM pg_roles WHERE rolname = $3)`,
    [table.oid, names.publication, shapeRole(names, table.oid)])
  if (state.rows[0]?.ready) return
  const role = shapeRole(names, table.oid)
  await client.query('BEGIN')
  try {
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT_MS}ms'`)
    await client.query(`LOCK TABLE ONLY ${table.quoted} IN ACCESS EXCLUSIVE MODE`)
    await client.query(`ALTER TABLE ONLY ${table.quoted} REPLICA IDENTITY FULL`)
    const member = await client.query('SELECT 1 FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE p.pubname = $1 AND r.prrelid = $2', [names.publication, table.oid])
    if (!member.rowCount) await client.query(`ALTER PUBLICATION ${names.publication} ADD TABLE ONLY ${table.quoted}`)
    const known = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])
    // BYPASSRLS: who may see which rows is the asker's business (the where), not that of a role nobody signs in as.
    if (!known.rowCount) await client.query(`CREATE ROLE ${role} NOLOGIN BYPASSRLS`)
    await client.query(`GRANT ${role} TO ${names.reader}`)
    await client.query(`GRANT SELECT ON ${table.quoted} TO ${role}`)
    await client.query(`GRANT USAGE ON SCHEMA ${quoteSchema(table)} TO ${role}`)
    await client.query('COMMIT')
  }
  catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    if (error instanceof Error && 'code' in error && error.code === '55P03') {
      throw new StackError('table_locked', 'Timeout waiting for Postgres lock acquisition')
    }
    throw error
  }
}

function quoteSchema(table: { schema: string }): string {
  return `"${table.schema.replaceAll('"', '""')}"`
}

/** Drops the roles of tables that are gone. */
export async function dropOrphanRoles(client: pg.ClientBase, { shapeRoles }: Names): Promise<void> {
  const found = await client.query<{ rolname: string }>(
    `SELECT rolname FROM pg_roles WHERE rolname ~ ('^' || $1::text || '[0-9]+$')
        AND NOT EXISTS (SELECT 1 FROM pg_class WHERE oid = substring(rolname from length($1::text) + 1)::oid)`, [shapeRoles])
  for (const { rolname } of found.rows) {
    await client.query(`DROP OWNED BY ${rolname}`)
    await client.query(`DROP ROLE ${rolname}`)
  }
}

// The decoder tells of a changed table only with the next row written to it. A message in the log arrives at once
// and in its place among the commits. SECURITY DEFINER: whoever alters a table need not be a superuser.
const SCHEMA_TRIGGERS = `
  -- Two of us on one database would replace one function at the same time, which PostgreSQL refuses to one of them.
  SELECT pg_advisory_xact_lock(hashtext('mvdb_embedded'));
  CREATE SCHEMA IF NOT EXISTS mvdb_embedded;
  CREATE OR REPLACE FUNCTION mvdb_embedded.table_changed() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
  DECLARE changed oid;
  BEGIN
    FOR changed IN SELECT DISTINCT objid FROM pg_event_trigger_ddl_commands() WHERE classid = 'pg_class'::regclass AND object_type IN ('table', 'table column') LOOP
      PERFORM pg_logical_emit_message(true, '${SCHEMA_MESSAGE}', changed::text);
    END LOOP;
  END $body$;
  CREATE OR REPLACE FUNCTION mvdb_embedded.table_dropped() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
  DECLARE gone oid;
  BEGIN
    FOR gone IN SELECT DISTINCT objid FROM pg_event_trigger_dropped_objects() WHERE classid = 'pg_class'::regclass AND object_type = 'table' LOOP
      PERFORM pg_logical_emit_message(true, '${SCHEMA_MESSAGE}', gone::text);
    END LOOP;
  END $body$;
  CREATE OR REPLACE FUNCTION mvdb_embedded.table_rewritten() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
  BEGIN
    PERFORM pg_logical_emit_message(true, '${REWRITE_MESSAGE}', pg_event_trigger_table_rewrite_oid()::text);
  END $body$;
  DO $body$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_event_trigger WHERE evtname = 'mvdb_table_rewritten') THEN
      CREATE EVENT TRIGGER mvdb_table_rewritten ON table_rewrite EXECUTE FUNCTION mvdb_embedded.table_rewritten();
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_event_trigger WHERE evtname = 'mvdb_table_changed') THEN
      CREATE EVENT TRIGGER mvdb_table_changed ON ddl_command_end EXECUTE FUNCTION mvdb_embedded.table_changed();
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_event_trigger WHERE evtname = 'mvdb_table_dropped') THEN
      CREATE EVENT TRIGGER mvdb_table_dropped ON sql_drop EXECUTE FUNCTION mvdb_embedded.table_dropped();
    END IF;
  END $body$;
`
