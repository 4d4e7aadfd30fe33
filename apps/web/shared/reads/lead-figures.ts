import * as z from 'zod/mini'
import { CHANGED_BY_PEOPLE } from '../catalogue/changed-by-people'
import { SCORE_BANDS } from '../leads/figures'
import { UNMERGED } from './leads'
import { defineRead, uuid } from './read'

/** The leads of one month, counted. */
export interface LeadFiguresRow {
  /** 2026-11, by the viewer's time zone. */
  month: string
  /**
   * JSON: for each kind of lead that the month has `[source, variant, status, assignee, band, days]`. The days are pairs
   * of a day of the month and how many leads it has: `1 12 4 3`.
   */
  cells: string
}

/** What people changed in one workspace. */
export interface WorkspaceActivityRow {
  workspace_id: string
  name: string
  changes: number
  /** Pairs of a day, by the viewer's time zone, and its changes: `2026-11-01 3 2026-11-04 1`. */
  days: string
}

/** The most workspaces that are told of: those with the most changes. */
export const WORKSPACES_SHOWN = 20

/** Whether this is a time zone by its name: an offset means the opposite to PostgreSQL. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format()
    return /^[a-z]/i.test(name)
  }
  catch {
    return false
  }
}
const zone = () => z.string().check(z.maxLength(64), z.refine(isZone))
const dayOf = (column: string, place: string) => `(${column} AT TIME ZONE ${place}::text)::date`

/**
 * All that a dashboard counts, in one pass over a company's leads: how many there are of each day, source, variant,
 * status, assignee and band of scores together. A page sums that up for any filter in a few ms, where each filter would
 * be another pass over 100,000 leads. One row a month: the server gives 500 rows, and
 * a lead that comes changes one of them. In one order on both Postgreses, so that what is the same is seen to be.
 */
export const leadFiguresRead = defineRead<LeadFiguresRow>()({
  name: 'lead-figures',
  views: ['leads'],
  // 100,000 leads take PGlite 0.4 s (measured): where a hundred come in a second, other reads still have their turn.
  everyMs: 2_000,
  input: { company: uuid(), zone: zone() },
  sql: `SELECT month, json_agg(json_build_array(source, variant, status, assignee_id, band, days)
        ORDER BY source COLLATE "C", variant COLLATE "C", status COLLATE "C", assignee_id, band)::text AS cells
    FROM (
      SELECT to_char(day, 'YYYY-MM') AS month, source, variant, status, assignee_id, band,
        string_agg(extract(day FROM day)::int || ' ' || leads, ' ' ORDER BY day) AS days
      FROM (
        SELECT ${dayOf('created_at', '$2')} AS day, source, variant, status, assignee_id,
          width_bucket(score, ARRAY[${SCORE_BANDS.slice(1).join(', ')}]) AS band, count(*) AS leads
        FROM app_read.leads WHERE company_id = $1::uuid AND ${UNMERGED} GROUP BY 1, 2, 3, 4, 5, 6
      ) counted GROUP BY 1, 2, 3, 4, 5, 6
    ) kinds GROUP BY month ORDER BY month`,
})

/**
 * The workspaces of a company in which people changed most since a day, with how much on each day. A folder is told of
 * at its last change only: what was before it is the server's history.
 */
export const workspaceActivityRead = defineRead<WorkspaceActivityRow>()({
  name: 'workspace-activity',
  everyMs: 2_000,
  views: ['folders', 'workspaces'],
  input: { company: uuid(), zone: zone(), since: z.iso.date() },
  sql: `SELECT w.id AS workspace_id, w.name, a.changes, a.days
    FROM (
      SELECT workspace_id, sum(changes)::int AS changes, string_agg(to_char(day, 'YYYY-MM-DD') || ' ' || changes, ' ' ORDER BY day) AS days
      FROM (
        SELECT workspace_id, ${dayOf('updated_at', '$2')} AS day, count(*) AS changes
        FROM (
          SELECT workspace_id, updated_at FROM app_read.folders WHERE company_id = $1::uuid AND (${CHANGED_BY_PEOPLE})
          UNION ALL
          SELECT id, updated_at FROM app_read.workspaces WHERE company_id = $1::uuid
        ) changed
        WHERE updated_at >= $3::date::timestamp AT TIME ZONE $2::text GROUP BY 1, 2
      ) counted GROUP BY 1 ORDER BY sum(changes) DESC, workspace_id LIMIT ${WORKSPACES_SHOWN}
    ) a
    JOIN app_read.workspaces w ON w.id = a.workspace_id
    ORDER BY a.changes DESC, w.id`,
})
