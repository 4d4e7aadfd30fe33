/**
 * Who may see what, written from the authorisation rules and not from the product's code: a test that shared the
 * proxy's own list would agree with its mistakes.
 */
export interface Rule {
  /** The server's table. */
  readonly table: string
  /** The page's table. */
  readonly localTable: string
  /** Which rows of it the person `$1` may see; the table is called `t`. */
  readonly where: string
}

/** The person is in the living company, in one of the roles. */
const belongs = (company: string, roles: string) => `exists (
  select from company_members m join companies c on c.id = m.company_id
  where m.company_id = ${company} and m.user_id = $1 and m.role in (${roles}) and c.deleted_at is null)`

const anyone = '\'owner\', \'admin\', \'member\', \'guest\''
const staff = '\'owner\', \'admin\', \'member\''

export const visible: readonly Rule[] = [
  { table: 'users', localTable: 'users', where: 't.id = $1' },
  { table: 'company_members', localTable: 'memberships', where: 't.user_id = $1' },
  { table: 'companies', localTable: 'companies', where: `t.deleted_at is null and ${belongs('t.id', anyone)}` },
  { table: 'company_members', localTable: 'company_members', where: belongs('t.company_id', staff) },
  { table: 'user_groups', localTable: 'user_groups', where: belongs('t.company_id', staff) },
  { table: 'user_group_members', localTable: 'user_group_members', where: belongs('t.company_id', staff) },
  { table: 'workspaces', localTable: 'workspaces', where: `t.deleted_at is null and ${belongs('t.company_id', anyone)}` },
  { table: 'folders', localTable: 'folders', where: `t.deleted_at is null and ${belongs('t.company_id', anyone)}` },
  { table: 'leads', localTable: 'leads', where: belongs('t.company_id', staff) },
]

/**
 * SQL that makes one text of a row, each value as PostgreSQL prints it, times in UTC to the microsecond: the two
 * servers' sessions need not agree on a time zone.
 */
export function rowText(columns: Map<string, { name: string, type: string }[]>, table: string): string {
  const parts = (columns.get(table) ?? []).map(({ name, type }) => {
    const value = type.startsWith('timestamp')
      ? `to_char(t."${name}" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`
      : `t."${name}"::text`
    return `'${name}', ${value}`
  })
  return `jsonb_build_object(${parts.join(', ')})::text`
}
