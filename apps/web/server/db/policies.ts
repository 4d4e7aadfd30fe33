import { createHash } from 'node:crypto'
import type pg from 'pg'
import { policies, type Policy } from './rights'
import { withoutWaitingLong } from './lock-timeout'

interface Closed { table: string, isClosed: boolean, policies: { name: string, version: string | null }[] }

/** Every table that the app's role may touch, with what row level security says of it now. */
const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS table, c.relrowsecurity AS "isClosed",
    (SELECT coalesce(json_agg(json_build_object('name', p.polname, 'version', obj_description(p.oid, 'pg_policy'))), '[]')
      FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('public', 'auth') AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE')
  ORDER BY 1`

/** How PostgreSQL writes the name of a table that needs no quotes. */
const plain = (table: string) => table.replaceAll('"', '')

/**
 * Brings row level security in line with `rights.ts`: on for every table, one that nothing is said of included, which then
 * shows no row to anybody. One table at a time, each swapped in one transaction, and those that are right already are not
 * locked. Rules that somebody else made (an operator for a role of theirs) stay.
 */
export async function makePolicies(client: pg.Client): Promise<void> {
  const wanted = policies()
  for (const { table, isClosed, policies: there } of (await client.query<Closed>(TABLES)).rows) {
    const rules = wanted.filter(policy => plain(policy.table) === plain(table))
    const hash = createHash('sha256').update(JSON.stringify(rules)).digest('hex')
    const ours = there.filter(({ name }) => OURS.test(name))
    if (isClosed && ours.length === rules.length && ours.every(({ version }) => version === hash)) continue
    await withoutWaitingLong(client, async () => {
      await client.query('BEGIN')
      await client.query([
        `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
        ...ours.map(({ name }) => `DROP POLICY ${client.escapeIdentifier(name)} ON ${table}`),
        ...rules.flatMap(rule => statementsOf(rule, hash)),
      ].join(';\n'))
      await client.query('COMMIT')
    })
  }
}

/** Names that `rights.ts` gives: a door, and what may be done through it. */
const OURS = /^(?:viewer|account|operator|upkeep|limits|form) (?:all|select|insert|update|delete|lock)$/

function statementsOf({ table, name, command, using, check }: Policy, hash: string): string[] {
  const conditions = [using === undefined ? '' : ` USING (${using})`, check === undefined ? '' : ` WITH CHECK (${check})`].join('')
  return [`CREATE POLICY "${name}" ON ${table} FOR ${command}${conditions}`, `COMMENT ON POLICY "${name}" ON ${table} IS '${hash}'`]
}
