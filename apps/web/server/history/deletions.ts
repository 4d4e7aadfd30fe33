import { sql, type SQL } from 'drizzle-orm'
import type { DeletionLine, DeletionsPage } from '../../shared/history/changes'
import type { Transaction } from '../db/door'
import { changes } from '../db/history'
import { environment } from '../environment'
import { isRestorable } from '../mutations/deletion'

/** So many names of one deletion are in a list. */
const NAMES = 3
/** What nobody noted (a server of an older version deleted it) is counted no further. */
const COUNTED = 1_000
const DAY_MS = 86_400_000

/** Where a page begins: microseconds, as PostgreSQL keeps them, and the deletion among those of one moment. */
export interface After { micros: string, deletion: string }

interface Row extends Record<string, unknown> {
  deletion_id: string
  micros: string
  kind: DeletionLine['kind']
  names: string[] | null
  tops: number
  amount: number | null
  top: string | null
  counted: number
  by_id: string | null
  by_name: string | null
  workspace_id: string
  workspace_name: string
  workspace_deleted: boolean
}

/** A page of what can be restored in a company, each deletion once, the newest first. */
export async function readDeletions(tx: Transaction, company: string, { after, limit }: { after?: After, limit: number }): Promise<DeletionsPage> {
  const { rows } = await tx.execute<Row>(deletionsOf(company, after, limit + 1))
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return { deletions: page.map(lineOf), next: rows.length > limit && last ? `${last.micros}.${last.deletion_id}` : null }
}

function lineOf(row: Row): DeletionLine {
  const at = Number(row.micros) / 1000
  return {
    deletion_id: row.deletion_id, kind: row.kind,
    names: row.names ?? (row.top === null ? [] : [row.top]), tops: row.tops || 1,
    amount: row.amount ?? Math.min(row.counted, COUNTED), more: row.amount === null && row.counted > COUNTED,
    workspace: { id: row.workspace_id, name: row.workspace_name, deleted: row.workspace_deleted },
    at: new Date(at).toISOString(), until: new Date(at + environment().RETENTION_DAYS * DAY_MS).toISOString(),
    ...row.by_id !== null && row.by_name !== null && { by: { id: row.by_id, name: row.by_name } },
  }
}

const NEWEST_FIRST = sql`order by deleted_at desc, deletion_id desc`
const isOf = (company: string) => sql`company_id = ${company} and deletion_id is not null`

/**
 * A company's folders may all lie in one deletion: the walk goes from one deletion to the next by the index, and reads a
 * single row of each. What was in it, the history knows. Of a deletion that it does not know, one top is found by the way
 * up from that row, and so many rows are counted as COUNTED says.
 */
function deletionsOf(company: string, after: After | undefined, most: number): SQL {
  const older = after === undefined ? sql`true` : sql`(deleted_at, deletion_id) < (timestamptz 'epoch' + ${after.micros}::bigint * interval '1 microsecond', ${after.deletion}::uuid)`
  return sql`
    with recursive step as (
      (select deleted_at, deletion_id, id, workspace_id, 1 as nth from folders where ${isOf(company)} and ${isRestorable()} and ${older} ${NEWEST_FIRST} limit 1)
      union all
      select next.deleted_at, next.deletion_id, next.id, next.workspace_id, step.nth + 1 from step cross join lateral (
        select deleted_at, deletion_id, id, workspace_id from folders
        where ${isOf(company)} and ${isRestorable()} and (deleted_at, deletion_id) < (step.deleted_at, step.deletion_id) ${NEWEST_FIRST} limit 1) next
      where step.nth < ${most}::int
    ), own as (
      select deleted_at, deletion_id, id as own_id from workspaces where ${isOf(company)} and ${isRestorable()} and ${older} ${NEWEST_FIRST} limit ${most}
    ), listed as (
      select deleted_at, deletion_id, own_id, step.id as folder_id, coalesce(own_id, step.workspace_id) as workspace_id
      from step full join own using (deleted_at, deletion_id) ${NEWEST_FIRST} limit ${most}
    )
    select listed.deletion_id, (extract(epoch from listed.deleted_at) * 1000000)::bigint::text as micros,
      case when own_id is null then 'folders' else 'workspace' end as kind, note.names, note.tops, note.amount, note.by_id, note.by_name,
      coalesce(way.name, place.name) as top, (own_id is not null)::int + rest.counted as counted,
      place.id as workspace_id, place.name as workspace_name, place.deleted_at is not null as workspace_deleted
    from listed join workspaces place on place.company_id = ${company} and place.id = listed.workspace_id
    cross join lateral (
      select (array_agg(before ->> 'name' order by id))[1:${NAMES}::int] as names, count(*)::int as tops, max(amount) as amount,
        (array_agg(actor_id))[1] as by_id, (array_agg(actor_name))[1] as by_name
      from ${changes} where company_id = ${company} and deletion_id = listed.deletion_id and amount is not null and mutation in ('folder.delete', 'workspace.delete')
    ) note
    left join lateral (
      with recursive up as (
        select f.parent_id, f.name, 1 as nth from folders f where note.tops = 0 and own_id is null and f.id = listed.folder_id
        union all
        select f.parent_id, f.name, up.nth + 1 from up join folders f on f.id = up.parent_id where f.deletion_id = listed.deletion_id
      )
      select name from up order by nth desc limit 1
    ) way on true
    cross join lateral (
      select count(*)::int as counted from (
        select from folders
        where note.tops = 0 and ${isOf(company)} and (deleted_at, deletion_id) >= (listed.deleted_at, listed.deletion_id) and (deleted_at, deletion_id) <= (listed.deleted_at, listed.deletion_id)
        order by deleted_at, deletion_id limit ${COUNTED + 1}) counted
    ) rest
    order by listed.deleted_at desc, listed.deletion_id desc`
}
