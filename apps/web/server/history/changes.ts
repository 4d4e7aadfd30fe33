import { and, desc, eq, lt, sql, type Column, type SQL } from 'drizzle-orm'
import type { ChangeSide, HistoryPage } from '../../shared/history/changes'
import type { Transaction } from '../db/door'
import { changes } from '../db/history'

/** So much of a description, or of notes, is in a list. */
const BEGINNING = 500

/** A side with the beginning of one of its texts in the place of a long one. */
const shortenedBy = (side: SQL, field: 'description' | 'notes') => sql<ChangeSide>`case when char_length(${side} ->> ${field}::text) > ${BEGINNING}::int
  then ${side} || jsonb_build_object(${field}::text, left(${side} ->> ${field}::text, ${BEGINNING}::int) || '…') else ${side} end`
/** An edit changes one text; which one, the line says by what it is of. */
const shortened = (side: Column, entity: Subject['entity']) => shortenedBy(sql`${side}`, entity === 'leads' ? 'notes' : 'description')

/** Of what the history is asked. */
export interface Subject { entity: 'workspaces' | 'folders' | 'leads', id: string }

/** A page of the history of a workspace, folder or lead, the newest first. `before`: the `next` of the page before. */
export async function readHistory(tx: Transaction, company: string, { entity, id }: Subject, { before, limit }: { before?: number, limit: number }): Promise<HistoryPage> {
  const { id: nth, at, mutation, amount, deletion_id, actor_id, actor_name } = changes
  const rows = await tx.select({ id: nth, at, mutation, amount, deletion_id, actor_id, actor_name, before: shortened(changes.before, entity), after: shortened(changes.after, entity) }).from(changes)
    .where(and(eq(changes.company_id, company), eq(changes.row_id, id), eq(changes.entity, entity), before === undefined ? undefined : lt(changes.id, before)))
    .orderBy(desc(changes.id)).limit(limit + 1)
  const page = rows.slice(0, limit)
  return {
    changes: page.map(({ actor_id: actorId, actor_name: name, at: moment, ...row }) => ({ ...row, at: moment.toISOString(), actor: { id: actorId, name } })),
    next: rows.length > limit ? page.at(-1)?.id ?? null : null,
  }
}
