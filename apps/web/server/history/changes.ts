import { and, desc, eq, lt, sql, type Column } from 'drizzle-orm'
import type { ChangeSide, HistoryPage } from '../../shared/history/changes'
import type { Transaction } from '../db/door'
import { changes } from '../db/history'

/** So much of a description is in a list. */
const BEGINNING = 500

const shortened = (side: Column) => sql<ChangeSide>`case when char_length(${side} ->> 'description') > ${BEGINNING}::int
  then ${side} || jsonb_build_object('description', left(${side} ->> 'description', ${BEGINNING}::int) || '…') else ${side} end`

/** Of what the history is asked. */
export interface Subject { entity: 'workspaces' | 'folders', id: string }

/** A page of the history of a workspace or folder, the newest first. `before`: the `next` of the page before. */
export async function readHistory(tx: Transaction, company: string, { entity, id }: Subject, { before, limit }: { before?: number, limit: number }): Promise<HistoryPage> {
  const { id: nth, at, mutation, amount, deletion_id, actor_id, actor_name } = changes
  const rows = await tx.select({ id: nth, at, mutation, amount, deletion_id, actor_id, actor_name, before: shortened(changes.before), after: shortened(changes.after) }).from(changes)
    .where(and(eq(changes.company_id, company), eq(changes.row_id, id), eq(changes.entity, entity), before === undefined ? undefined : lt(changes.id, before)))
    .orderBy(desc(changes.id)).limit(limit + 1)
  const page = rows.slice(0, limit)
  return {
    changes: page.map(({ actor_id: actorId, actor_name: name, at: moment, ...row }) => ({ ...row, at: moment.toISOString(), actor: { id: actorId, name } })),
    next: rows.length > limit ? page.at(-1)?.id ?? null : null,
  }
}
