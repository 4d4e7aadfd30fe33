import type { PGlite } from '@electric-sql/pglite'
import { searchProgressRead, searchRead, similarRead, type SearchProgressRow, type SearchRow } from '../../../shared/reads/search'
import { positional } from '../../../shared/reads/read'
import { questionOf } from '../../../shared/search/question'
import { beginFills, doSlice } from '../../../worker/search/slices'

export const id = (n: number) => `0190a000-0000-7000-8000-${String(n).padStart(12, '0')}`
const STAMPS = 'now(), now(), 1'

/** SQL of what the sync would have brought. */
export const rows = {
  company: (n: number, name: string) => `INSERT INTO companies VALUES ('${id(n)}', '${name}', 'c${n}', '${id(1)}', '{}', ${STAMPS}, NULL, NULL);
    INSERT INTO memberships VALUES ('${id(n + 1)}', '${id(n)}', '${id(1)}', 'owner', 'Mara', 'mara@example.org', NULL, ${STAMPS})`,
  shape: (shape: string, company: number, count: number, complete = true) => `INSERT INTO sync_status (shape_key, shape, company_id, state, row_count, complete)
    VALUES ('company-${id(company)}-${shape}', '${shape}', '${id(company)}', '${complete ? 'live' : 'syncing'}', ${count}, ${complete})
    ON CONFLICT (shape_key) DO UPDATE SET complete = excluded.complete, state = excluded.state`,
}

export async function addWorkspace(pg: PGlite, n: number, company: number, name: string): Promise<void> {
  await pg.query(`INSERT INTO workspaces VALUES ($1, $2, $3, '', 'a0', ${STAMPS}, NULL, NULL)`, [id(n), id(company), name])
}

export async function addFolder(pg: PGlite, n: number, company: number, name: string, more: { workspace?: number, parent?: number } = {}): Promise<void> {
  await pg.query(`INSERT INTO folders VALUES ($1, $2, $3, $4, $5, '', 'a0', ${STAMPS}, NULL, NULL)`,
    [id(n), id(company), id(more.workspace ?? 100), more.parent === undefined ? null : id(more.parent), name])
}

export async function addMember(pg: PGlite, n: number, company: number, name: string, email: string): Promise<void> {
  await pg.query(`INSERT INTO company_members VALUES ($1, $2, $1, 'member', $3, $4, NULL, ${STAMPS})`, [id(n), id(company), name, email])
}

/** Does all slices that wait. Answers how many there were. */
export async function catchUp(pg: PGlite, size = 100): Promise<number> {
  await beginFills(pg)
  for (let slices = 0; ; slices++) if ((await doSlice(pg, size)).kind === 'none') return slices
}

const ask = (read: typeof searchRead) => async (pg: PGlite, text: string, limit = 8): Promise<SearchRow[]> =>
  (await pg.query<SearchRow>(read.sql, positional(read, { ...questionOf(text), limit }))).rows

export const search = ask(searchRead)
export const similar = ask(similarRead)
export const titles = (found: readonly SearchRow[]) => found.map(({ title }) => title)

export async function progress(pg: PGlite): Promise<SearchProgressRow | undefined> {
  return (await pg.query<SearchProgressRow>(searchProgressRead.sql)).rows[0]
}

export const SIDE_TABLES = ['search_titles', 'search_documents', 'search_words', 'search_title_words', 'search_trigrams', 'search_leads', 'search_lead_words', 'search_lead_trigrams', 'search_fills', 'search_changes']

/** Everything that the side tables hold as text, to look for what must not be there. */
export async function everything(pg: PGlite): Promise<string> {
  const parts = await Promise.all(SIDE_TABLES.map(async table => JSON.stringify((await pg.query(`SELECT * FROM ${table}`)).rows)))
  return parts.join('\n')
}
