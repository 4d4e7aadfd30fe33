import { sql, type SQL } from 'drizzle-orm'
import { withUpkeep } from '../db/door'
import { changes } from '../db/history'
import { environment } from '../environment'
import { closing } from '../shapes/closing'
import { inSlices, SLICE } from './slices'

/**
 * Whether a row was deleted longer ago than deletions are kept. An hour more than `isRestorable` says: no restore that
 * began in time is still running.
 */
const isOver = (row: string): SQL => sql`${sql.raw(row)}.deleted_at < now() - make_interval(days => ${environment().RETENTION_DAYS}) - interval '1 hour'`

/** The highest of all keys: where the walk over the folders begins. */
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/**
 * Deletes for good what was marked as deleted longer ago than RETENTION_DAYS. A row goes when its own time has come and
 * nothing refers to it any more: a folder that was deleted later keeps everything above it for so long. What belongs to a
 * deleted company goes with the company, whatever its own marks say. The history of a row goes with the row. Shapes hold
 * none of it, so nobody's copy changes; the audit refers to nothing and stays. Any number of replicas may do it at once. Out: how many rows went.
 */
export async function sweepDeleted(): Promise<number> {
  return await sweepCompanies() + await sweepFolders(isOver('f')) + await inSlices(sql`
    WITH gone AS (
      DELETE FROM workspaces WHERE id IN (
        SELECT id FROM workspaces w WHERE ${isOver('w')} AND NOT EXISTS (SELECT 1 FROM folders f WHERE f.company_id = w.company_id AND f.workspace_id = w.id)
        LIMIT ${SLICE} FOR UPDATE SKIP LOCKED)
      RETURNING company_id, id
    ), ${FORGOTTEN} SELECT FROM gone`)
}

/** The history of rows that a statement deletes. */
const FORGOTTEN = sql`forgotten AS (DELETE FROM ${changes} WHERE (company_id, row_id) IN (SELECT company_id, id FROM gone))`

/** What belongs to a company beside folders, in an order in which nothing is left without what it refers to. */
const OF_COMPANY = ['leads', 'auth.lead_versions', 'auth.lead_receipts', 'auth.lead_quarantine', 'user_group_members', 'user_groups', 'workspaces', 'company_members', 'auth.invites', 'auth.changes'].map(name => sql.raw(name))

/** What is in a company that is over, and then the company. Folders first: they refer to each other. */
async function sweepCompanies(): Promise<number> {
  const over = sql`SELECT c.id FROM companies c WHERE ${isOver('c')}`
  let swept = await sweepFolders(sql`f.company_id IN (${over})`)
  // Who signed up by an invite of such a company has an account all the same, without the company.
  await inSlices(sql`UPDATE auth.sign_ups SET invite_id = NULL WHERE id IN (
    SELECT s.id FROM auth.sign_ups s JOIN auth.invites i ON i.id = s.invite_id WHERE i.company_id IN (${over}) LIMIT ${SLICE} FOR UPDATE OF s SKIP LOCKED)`)
  for (const table of OF_COMPANY) {
    swept += await inSlices(sql`DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE company_id IN (${over}) LIMIT ${SLICE} FOR UPDATE SKIP LOCKED)`)
  }
  return swept + await inSlices(sql`DELETE FROM companies WHERE id IN (${over} LIMIT ${SLICE} FOR UPDATE SKIP LOCKED)`)
}

/**
 * Deletes folders that are over, from the newest key to the oldest: mostly what lies below comes before what is above. Of a
 * slice stays what holds a folder outside of it, and all above that; the walk begins anew until it finds nothing to delete.
 */
async function sweepFolders(over: SQL): Promise<number> {
  let swept = 0
  let [from, inWalk] = [LAST, 0]
  while (!closing.aborted) {
    const { rows: [step] } = await withUpkeep(tx => tx.execute<{ gone: number, last: string | null }>(sql`
      WITH RECURSIVE slice AS MATERIALIZED (
        SELECT f.id, f.workspace_id, f.parent_id FROM folders f WHERE ${over} AND f.id < ${from}
        ORDER BY f.id DESC LIMIT ${SLICE} FOR UPDATE SKIP LOCKED
      ), held AS (
        SELECT id, parent_id FROM slice WHERE EXISTS (
          SELECT 1 FROM folders c WHERE c.workspace_id = slice.workspace_id AND c.parent_id = slice.id AND c.id NOT IN (SELECT id FROM slice))
        UNION SELECT above.id, above.parent_id FROM held JOIN slice above ON above.id = held.parent_id
      ), gone AS (
        DELETE FROM folders WHERE id IN (SELECT id FROM slice EXCEPT SELECT id FROM held) RETURNING company_id, id
      ), ${FORGOTTEN}
      SELECT (SELECT count(*)::int FROM gone) AS gone, (SELECT id FROM slice ORDER BY id LIMIT 1) AS last`))
    inWalk += step?.gone ?? 0
    if (step?.last) {
      from = step.last
      continue
    }
    swept += inWalk
    if (inWalk === 0) break
    ;[from, inWalk] = [LAST, 0]
  }
  return swept
}
