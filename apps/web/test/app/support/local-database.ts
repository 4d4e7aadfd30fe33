import type { PGlite } from '@electric-sql/pglite'
import type { LeadRow } from '../../../shared/generated/catalogue.gen'
import { newPGlite } from '../../support/new-pglite'
import { createTables } from '../../../worker/database/tables'

/** A local database as the worker makes it, in memory. */
export async function localDatabase(): Promise<PGlite> {
  const pg = await newPGlite()
  await createTables(pg)
  return pg
}

const shared: { pg?: Promise<PGlite> } = {}

/** The one of this test file, emptied: making one takes seconds. */
export async function emptyDatabase(): Promise<PGlite> {
  shared.pg ??= localDatabase()
  const pg = await shared.pg
  await pg.exec('TRUNCATE users, memberships, companies, company_members, user_groups, user_group_members, workspaces, folders, leads, sync_status, device_status, company_storage')
  return pg
}

/** A valid id that is easy to tell from others. */
export const id = (n: number) => `0190a000-0000-7000-8000-${String(n).padStart(12, '0')}`

export const ME = id(1)
const stamps = 'now(), now(), 1'

/** SQL that fills the tables: what the sync would have brought. */
export const rows = {
  user: (name = 'Mara Member') => `INSERT INTO users VALUES ('${ME}', 'mara@example.org', '${name}', NULL, '{}', NULL, true, ${stamps})`,
  company: (n: number, name: string, role = 'member') => `
    INSERT INTO companies VALUES ('${id(n)}', '${name}', 'c-${n}', '${ME}', '{}', ${stamps}, NULL, NULL);
    INSERT INTO memberships VALUES ('${id(n + 500)}', '${id(n)}', '${ME}', '${role}', 'Mara Member', 'mara@example.org', NULL, ${stamps})`,
  member: (n: number, company: number, name: string, role = 'member') =>
    `INSERT INTO company_members VALUES ('${id(n)}', '${id(company)}', '${id(n)}', '${role}', '${name}', 'm${n}@example.org', NULL, ${stamps})`,
  group: (n: number, company: number, name: string) =>
    `INSERT INTO user_groups VALUES ('${id(n)}', '${id(company)}', '${name}', '', ${stamps})`,
  groupMember: (n: number, company: number, group: number, member: number) =>
    `INSERT INTO user_group_members VALUES ('${id(n)}', '${id(company)}', '${id(group)}', '${id(member)}', ${stamps})`,
  workspace: (n: number, company: number, name: string) =>
    `INSERT INTO workspaces VALUES ('${id(n)}', '${id(company)}', '${name}', '', 'a0', ${stamps}, NULL, NULL)`,
  folder: (n: number, company: number, workspace: number, parent: number | null, name: string) =>
    `INSERT INTO folders VALUES ('${id(n)}', '${id(company)}', '${id(workspace)}', ${parent === null ? 'NULL' : `'${id(parent)}'`}, '${name}', '', 'a0', ${stamps}, NULL, NULL)`,
  /** The newest has the lowest number. */
  lead: (n: number, company: number, name: string, { email = 'visitor@example.com', message = 'Please call me.', status = 'new', score = 0, variant, assignee_id: assignee, notes = '', tags = [], merged_into: merged }: Partial<LeadRow> = {}) => `
    INSERT INTO leads (id, company_id, name, email, message, source, status, score, variant, assignee_id, notes, tags, merged_into, created_at, updated_at, row_version)
    SELECT '${id(n)}', '${id(company)}', '${name}', '${email}', '${message}', 'form', '${status}', ${score}, ${variant ? `'${variant}'` : 'NULL'}, ${assignee ? `'${assignee}'` : 'NULL'}::uuid, '${notes}',
      array(SELECT jsonb_array_elements_text('${JSON.stringify(tags)}'::jsonb)), ${merged ? `'${merged}'` : 'NULL'}::uuid, now() - make_interval(mins => ${n}), now(), 1`,
  shape: (shape: string, state: string, more: { company?: number, count?: number, estimate?: number, complete?: boolean, code?: string } = {}) => `
    INSERT INTO sync_status VALUES ('${shape}-${more.company ?? 'me'}', '${shape}', ${more.company ? `'${id(more.company)}'` : 'NULL'}, '${state}',
      ${more.count ?? 0}, ${more.estimate ?? 'NULL'}, ${more.complete ?? state === 'live'}, ${state === 'live' ? 'now()' : 'NULL'},
      ${more.code ? `'${more.code}', 'said by the server'` : 'NULL, NULL'})
    ON CONFLICT (shape_key) DO UPDATE SET state = excluded.state, row_count = excluded.row_count, complete = excluded.complete,
      error_code = excluded.error_code, error = excluded.error`,
}
