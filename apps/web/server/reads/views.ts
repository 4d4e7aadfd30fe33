import { createHash } from 'node:crypto'
import { LOCAL_SHAPES, type LocalShape } from '../../shared/generated/catalogue.gen'

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll('\'', '\'\'')}'`

/** Who asks, as the door set it for this transaction; nobody where nothing is set, and then no view has a row. */
const VIEWER = `nullif(current_setting('app.user_id', true), '')::uuid`

/**
 * The companies in which the viewer has one of the roles. As an array and not as a join: PostgreSQL asks it once a query
 * and then only compares, so that every plan of a read stays what it is without the check.
 */
const companiesOf = (roles: readonly string[]) => `ARRAY(
    SELECT m.company_id FROM public.company_members m JOIN public.companies c ON c.id = m.company_id
    WHERE m.user_id = ${VIEWER} AND m.role = ANY (ARRAY[${roles.map(literal).join(', ')}]) AND c.deleted_at IS NULL)`

function viewOf({ localTable, entity, columns, scope, column, livingOnly, visibleTo }: LocalShape): string {
  const own = scope === 'user' ? `= ${VIEWER}` : `= ANY (${companiesOf(visibleTo)})`
  const living = livingOnly ? ' AND t.deleted_at IS NULL' : ''
  return `CREATE VIEW ${quote(localTable)} AS SELECT ${columns.map(({ name }) => `t.${quote(name)}`).join(', ')}
  FROM public.${quote(entity)} t WHERE t.${quote(column)} ${own}${living}`
}

/** Each view, still without its schema. */
const VIEWS = Object.values(LOCAL_SHAPES).map(viewOf)

/**
 * The schema of this version's views. Another version whose views differ has another one: while servers of two versions
 * run side by side, each finds its own (`db/read-schemas.ts`).
 */
export const READ_SCHEMA = `app_read_${createHash('sha256').update(JSON.stringify(VIEWS)).digest('hex').slice(0, 12)}`

/** A named read as it runs here: browsers have the views of one version only, in `app_read`. */
export const onServer = (sql: string): string => sql.replaceAll('app_read.', `${READ_SCHEMA}.`)

/**
 * What makes the schema: under the name of each local table a view of the rows that the shapes would bring the viewer
 * (`app.user_id`). Made of the same definitions as the shapes, so that both ends of a read see the same.
 *
 * They are plain views. Barrier views would keep a predicate from seeing a row before the check, but PostgreSQL does not
 * look into them when it joins: the way to a folder among 117,572 took 499 ms instead of 0.9. Here no predicate comes from
 * outside: a read is a text of ours, and an error of the database is answered without its words. They run with the rights
 * of their owner, past row level security, for the same reason: its rules are barriers too (docs/decisions/0020).
 */
export function serverViews(): string[] {
  return [`CREATE SCHEMA ${READ_SCHEMA}`, ...VIEWS.map(view => view.replace('CREATE VIEW ', `CREATE VIEW ${READ_SCHEMA}.`))]
}
