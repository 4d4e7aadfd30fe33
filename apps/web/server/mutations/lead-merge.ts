import { sql } from 'drizzle-orm'
import { leadErase, leadMerge } from '../../shared/mutations/lead'
import { recordInCompany } from '../account/audit'
import { Refusal } from '../http/refusal'
import { companyEffect, type ManyContext } from './effect'
import { changeLeads, type Field } from './lead-fields'
import { noted } from './noted'
import { list, touchGone } from './rows'

const entity = 'leads'
/** By its key alone: the name of the one is not in the history of the other, which may outlive it. */
const MERGED: Field = { mutation: 'lead.merge', column: 'merged_into', type: 'uuid', side: value => sql`jsonb_build_object('merged_into', ${value})` }

/**
 * Locks some leads and the one that they are to go into, and refuses where that is not there, or is merged itself. So there is
 * never a ring: what a lead goes into is in none, and stays so until the end of the transaction. Of two people who merge
 * the same two into each other, the second meets what the first made of it.
 */
async function holdTarget({ tx, company }: ManyContext, ids: readonly string[], into: string): Promise<void> {
  const { rows } = await tx.execute<{ id: string, merged_into: string | null }>(sql`
    select id, merged_into from leads where company_id = ${company} and id = any(${list([...ids, into])}) order by id for no key update`)
  const target = rows.find(({ id }) => id === into)
  if (!target) throw new Refusal('not_found', { fields: { merged_into: 'The lead that this was to be merged into is not here. It may have been erased.' } })
  if (ids.includes(into)) throw new Refusal('cannot_merge', { fields: { merged_into: 'A lead cannot be merged into itself.' } })
  if (target.merged_into !== null) throw new Refusal('cannot_merge', { fields: { merged_into: 'The lead that this was to be merged into was merged into another one meanwhile.' } })
}

/** Lines of the history of those that others come to, or go from: it is theirs that people look at. */
async function noteOthers(context: ManyContext, ids: readonly string[], into: string | null): Promise<void> {
  const moving = sql`from leads where company_id = ${context.company} and id = any(${list(ids)}) and merged_into is distinct from ${into}::uuid`
  const others = sql`jsonb_build_object('others', others)`
  await context.tx.execute(noted(context, {
    mutation: MERGED.mutation, entity, from: sql`(select merged_into as id, count(*)::int as others ${moving} and merged_into is not null group by 1) parted`, before: others,
  }))
  if (into === null) return
  await context.tx.execute(noted(context, {
    mutation: MERGED.mutation, entity, from: sql`(select ${into}::uuid as id, count(*)::int as others ${moving} having count(*) > 0) joined`, after: others,
  }))
}

/** What was merged into one of them goes with it, for it hangs on that one; so separating that one again gives back all of it. */
export const merge = companyEffect(leadMerge, async ({ base, ...context }, { ids: asked, merged_into: into }) => {
  const ids = [...new Set(asked)]
  if (into !== null) await holdTarget(context, ids, into)
  await noteOthers(context, ids, into)
  const done = await changeLeads(context, MERGED, ids.map(id => ({ input: { id, merged_into: into }, base })))
  // Nothing of it is kept then: what was asked for at once is done or refused at once.
  return done.flatMap((one) => {
    if (one instanceof Refusal) throw one
    return one
  })
})

/**
 * With all that was known of it (migration 0012), and with what was merged into it; that somebody did it, its owners read. Who
 * sent it is told nothing.
 */
export const erase = companyEffect(leadErase, async ({ tx, userId, company }, { id }) => {
  const tree = sql`with recursive tree as (
    select id from leads where company_id = ${company} and id = ${id}
    union select l.id from tree join leads l on l.company_id = ${company} and l.merged_into = tree.id)`
  // In one order first, whoever merges or separates one of them meanwhile; then as they hang together by then.
  await tx.execute(sql`${tree} select id from leads where id = any(array(select id from tree)) order by id for update`)
  const gone = await touchGone(tx, entity, sql`${tree} delete from leads where id = any(array(select id from tree)) returning id, row_version`)
  if (gone.length === 0) throw new Refusal('not_found')
  const { rows: [by] } = await tx.execute<{ name: string }>(sql`select name from users where id = ${userId}`)
  for (const { id: lead } of gone) await recordInCompany(tx, company, { id: userId, name: by?.name ?? '' }, 'lead.erased', { lead_id: lead })
  return gone
})
