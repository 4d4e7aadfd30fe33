import { sql, type SQL } from 'drizzle-orm'
import type { MutationName } from '../../shared/mutations/index'
import { changes } from '../db/history'
import type { CompanyContext } from './effect'

/** In whose name, and in which company. */
type Who = Pick<CompanyContext, 'company' | 'userId'>

export interface Note {
  readonly mutation: MutationName
  readonly entity: 'workspaces' | 'folders' | 'leads'
  /** What stands after FROM: rows with an `id`, each of which gets a line. */
  readonly from: SQL
  /** As jsonb, a ChangeSide each. */
  readonly before?: SQL
  readonly after?: SQL
  readonly deletion?: string
  readonly amount?: SQL
}

/**
 * A statement that notes an edit in the history, for a WITH of the one that makes it: either both are there or neither, and
 * no edit costs a further way to the database for it.
 */
export const noted = ({ company, userId }: Who, { mutation, entity, from, before, after, deletion, amount }: Note): SQL => sql`
  insert into ${changes} (company_id, entity, row_id, actor_id, actor_name, mutation, before, after, deletion_id, amount)
  select ${company}::uuid, ${entity}::text, id, ${userId}::uuid, (select name from users where id = ${userId}), ${mutation}::text,
    ${before ?? nothing}, ${after ?? nothing}, ${deletion ?? null}::uuid, ${amount ?? sql`null::int`}
  from ${from}`

/** A statement with a note that is made of what its rows held before it. */
export const notedBefore = (who: Who, statement: SQL, note: Note): SQL => sql`with noted as (${noted(who, note)}) ${statement}`

/** A statement that returns `id` and `row_version`, with a note of each row that it wrote. */
export const notedAfter = (who: Who, statement: SQL, note: Omit<Note, 'from'>): SQL => sql`
  with written as (${statement}), noted as (${noted(who, { ...note, from: sql`written` })})
  select id, row_version from written`

const nothing = sql`'{}'::jsonb`

/** The text of a field: what is given, or what the row has. */
export const textSide = (field: 'name' | 'description' | 'position', text?: string | SQL): SQL =>
  sql`jsonb_build_object(${field}::text, ${text === undefined ? sql.identifier(field) : sql`${text}::text`})`

/** A place in the trees with the names that lead to it; `folder` null is the top of the workspace. */
export const placeSide = (workspace: SQL, folder: SQL): SQL => sql`jsonb_build_object('place', jsonb_build_object(
  'workspace', (select jsonb_build_object('id', w.id, 'name', w.name) from workspaces w where w.id = ${workspace}),
  'folder', (select jsonb_build_object('id', f.id, 'name', f.name) from folders f where f.id = ${folder})))`
