import type pg from 'pg'
import { READ_SCHEMA, serverViews } from '../reads/views'
import { withoutWaitingLong } from './lock-timeout'

// The views of the named reads, a schema for each version whose views differ. Its comment says of which migrations it is
// and when a server of it was last deployed.

/** The one of the time before they had versions has an unreadable comment: it is the oldest. */
const SCHEMAS = `
  SELECT nspname AS name, CASE WHEN said LIKE '{%' THEN (said::json ->> 'at')::timestamptz ELSE '-infinity' END AS at
  FROM (SELECT nspname, obj_description(oid, 'pg_namespace') AS said FROM pg_namespace WHERE nspname ~ '^app_read(_[0-9a-f]{12})?$') AS found
  ORDER BY at DESC`

/** Whether the database has all that this version needs; any role may ask. */
export async function viewsAre(client: Pick<pg.Client, 'query'>, version: string): Promise<boolean> {
  const { rows } = await client.query<{ version: string | null }>('SELECT obj_description(to_regnamespace($1)::oid, \'pg_namespace\')::json ->> \'version\' AS version', [READ_SCHEMA])
  return rows[0]?.version === version
}

/** Makes the views where they are missing, with what the app's role may, all at once; and notes that this version is deployed now. */
export async function makeViews(client: pg.Client, version: string, grantee: string | undefined): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regnamespace($1) IS NOT NULL AS there', [READ_SCHEMA])
  const note = client.escapeLiteral(JSON.stringify({ version, at: new Date().toISOString() }))
  await withoutWaitingLong(client, async () => {
    await client.query([
      'BEGIN',
      ...rows[0]?.there ? [] : serverViews(),
      ...grantee === undefined ? [] : [`GRANT USAGE ON SCHEMA ${READ_SCHEMA} TO ${grantee}`, `GRANT SELECT ON ALL TABLES IN SCHEMA ${READ_SCHEMA} TO ${grantee}`],
      `COMMENT ON SCHEMA ${READ_SCHEMA} IS ${note}`,
      'COMMIT',
    ].join(';\n'))
  })
}

/** Drops the views of all versions but this one and the one that was deployed before it, whose servers may still be running. */
export async function dropOlderViews(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(SCHEMAS)
  for (const { name } of rows.filter(schema => schema.name !== READ_SCHEMA).slice(1)) await drop(client, name)
}

/** Drops the views that were deployed longest ago. Out: whether there were any. */
export async function dropOldestViews(client: pg.Client): Promise<boolean> {
  const oldest = (await client.query<{ name: string }>(SCHEMAS)).rows.at(-1)
  if (oldest) await drop(client, oldest.name)
  return oldest !== undefined
}

const drop = (client: pg.Client, schema: string) =>
  withoutWaitingLong(client, async () => { await client.query(`DROP SCHEMA IF EXISTS ${client.escapeIdentifier(schema)} CASCADE`) })
