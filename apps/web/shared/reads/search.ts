import * as z from 'zod/mini'
import { SEARCH_CODES, SEARCH_ENTITIES, type SearchEntity } from '../search/entities'
import { after, each, nearWords } from '../search/near-words'
import { defineRead, uuid } from './read'

/** Something that was found. */
export interface SearchRow {
  entity: SearchEntity
  id: string
  company_id: string
  company: string | null
  workspace_id: string | null
  title: string
  /** Of a member the e-mail address, where it may be seen. */
  detail: string | null
  /** Of a folder what it lies in, from the workspace on. */
  path: string[] | null
}

const { workspace, folder, member, group } = SEARCH_CODES
const views = ['search_documents', 'workspaces', 'folders', 'company_members', 'user_groups', 'companies', 'memberships']
const words = () => z.array(z.string().check(z.maxLength(200))).check(z.maxLength(64))
const limit = () => z.int().check(z.gte(1), z.lte(50))

/**
 * Whatever the side tables still hold: only a row that can be read now is ever answered. Each is looked up by its id; an
 * EXISTS in its place makes PostgreSQL read the whole table into a hash.
 */
const living = `(SELECT true FROM app_read.memberships s WHERE s.company_id = t.company_id LIMIT 1) AND CASE e.code
      WHEN ${workspace} THEN (SELECT true FROM app_read.workspaces x WHERE x.id = d.id LIMIT 1)
      WHEN ${folder} THEN (SELECT true FROM app_read.folders x WHERE x.id = d.id LIMIT 1)
      WHEN ${member} THEN (SELECT true FROM app_read.company_members x WHERE x.id = d.id LIMIT 1)
      ELSE (SELECT true FROM app_read.user_groups x WHERE x.id = d.id LIMIT 1) END`

const entities = `(VALUES ${Object.entries(SEARCH_CODES).map(([name, code]) => `(${code}, '${name}')`).join(', ')}) AS e(code, entity)`

/** A folder names what it lies in up to 24 steps, so that a ring or a well of folders ends too. */
const shown = (found: string) => `SELECT found.entity, found.id, found.company_id, c.name AS company,
      coalesce(f.workspace_id, w.id) AS workspace_id, coalesce(f.name, w.name, m.name, g.name) AS title, m.email AS detail,
      CASE WHEN found.code = ${folder} THEN (
        WITH RECURSIVE way AS (
          SELECT f.parent_id AS next, NULL::text AS name, 0 AS step
          UNION ALL
          SELECT p.parent_id, p.name, way.step + 1 FROM way JOIN app_read.folders p ON p.id = way.next WHERE way.step < 24)
        SELECT array_agg(steps.name ORDER BY steps.step DESC) FROM (
          SELECT name, step FROM way WHERE step > 0
          UNION ALL SELECT x.name, 99 FROM app_read.workspaces x WHERE x.id = f.workspace_id) steps) END AS path
    FROM (${found}) found
    LEFT JOIN app_read.companies c ON c.id = found.company_id
    LEFT JOIN app_read.workspaces w ON found.code = ${workspace} AND w.id = found.id
    LEFT JOIN app_read.folders f ON found.code = ${folder} AND f.id = found.id
    LEFT JOIN app_read.company_members m ON found.code = ${member} AND m.id = found.id
    LEFT JOIN app_read.user_groups g ON found.code = ${group} AND g.id = found.id
    ORDER BY found.code, found.tier, found.length, found.title, found.id`

/**
 * Names that are, begin with, or have words that begin with what was typed; `limit` of each entity. The better kinds come
 * first and LIMIT stops before the worse ones are looked for, so the answer to one letter reads no more than it shows.
 * `title` and `words` are folded by `search/text`.
 */
export const searchRead = defineRead<SearchRow>()({
  name: 'search',
  views,
  input: { title: z.string().check(z.maxLength(200)), words: words(), limit: limit() },
  localOnly: true,
  sql: `WITH begun AS MATERIALIZED (
      SELECT id FROM app_read.search_words WHERE word >= ($2::text[])[1] AND word < ${after('($2::text[])[1]')} LIMIT 1000
    )
    ${shown(`SELECT e.code, e.entity, hit.* FROM ${entities} CROSS JOIN LATERAL (
      SELECT d.id, t.company_id, t.tier, t.length, t.title FROM (
        (SELECT id, company_id, 0 AS tier, length, title FROM app_read.search_titles WHERE entity = e.code AND title = $1)
        UNION ALL
        (SELECT id, company_id, 1, length, title FROM app_read.search_titles
          WHERE entity = e.code AND title > $1 AND title < ${after('$1')} ORDER BY length, title LIMIT 4 * $3::int)
        UNION ALL
        (SELECT id, company_id, 2, length, title FROM (
            SELECT DISTINCT u.title_id FROM begun ${each('title_id', 'search_title_words', 'word_id = begun.id AND entity = e.code')} u
          ) u ${each('id, company_id, length, title', 'search_titles', `id = u.title_id AND NOT starts_with(title, $1)
            AND NOT EXISTS (SELECT FROM unnest(($2::text[])[2:]) AS other WHERE strpos(words, ' ' || other) = 0)`)} t
          ORDER BY length, title LIMIT 4 * $3::int)
      ) t CROSS JOIN LATERAL (SELECT d.id FROM app_read.search_documents d WHERE d.title_id = t.id AND ${living} ORDER BY d.id LIMIT $3::int) d
      LIMIT $3::int
    ) hit`)}`,
})

/**
 * Names that the first tier has not: those with a word like each that was typed, and those that hold the whole of it
 * anywhere.
 */
export const similarRead = defineRead<SearchRow>()({
  name: 'search-similar',
  views,
  input: { title: z.string().check(z.maxLength(200)), words: words(), limit: limit() },
  localOnly: true,
  sql: `WITH ${nearWords('$2::text[]', 'search_words', 'search_trigrams')}, hits AS (
      SELECT title_id, sum(score) AS score FROM (
        SELECT u.title_id, n.place, max(n.score) AS score FROM near n ${each('title_id', 'search_title_words', 'word_id = n.word_id')} u GROUP BY u.title_id, n.place
      ) each GROUP BY title_id HAVING count(*) = cardinality($2::text[])
    ), titles AS (
      SELECT t.id, t.entity, t.company_id, t.title, t.length, h.score FROM hits h ${each('*', 'search_titles', 'id = h.title_id')} t
      WHERE NOT starts_with(t.title, $1) AND EXISTS (SELECT FROM asked a WHERE strpos(t.words, ' ' || a.word) = 0)
      UNION ALL
      SELECT t.id, t.entity, t.company_id, t.title, t.length, 99 FROM app_read.search_titles t
      WHERE $1 <> '' AND strpos(t.title, $1) > 1 AND (cardinality($2::text[]) = 0 OR EXISTS (SELECT FROM asked a WHERE strpos(t.words, ' ' || a.word) = 0))
    ), best AS MATERIALIZED (
      SELECT * FROM (
        SELECT t.*, row_number() OVER (PARTITION BY entity ORDER BY score DESC, length, title) AS rank
        FROM (SELECT id, entity, company_id, title, length, max(score) AS score FROM titles GROUP BY id, entity, company_id, title, length) t
      ) ranked WHERE rank <= 2 * $3::int
    )
    ${shown(`SELECT e.code, e.entity, hit.* FROM ${entities} CROSS JOIN LATERAL (
      SELECT d.id, t.company_id, t.rank AS tier, t.length, t.title FROM (SELECT * FROM best WHERE entity = e.code ORDER BY rank) t
      CROSS JOIN LATERAL (SELECT d.id FROM app_read.search_documents d WHERE d.title_id = t.id AND ${living} ORDER BY d.id LIMIT $3::int) d
      LIMIT $3::int
    ) hit`)}`,
})

/**
 * Things by their kinds and ids, as search shows them: what was opened lately is kept as ids, because the name of a
 * thing belongs to its company and goes with it. In no order that means anything.
 */
export const searchedByIdRead = defineRead<SearchRow>()({
  name: 'search-by-id',
  views: views.filter(view => view !== 'search_documents'),
  input: { entities: z.array(z.enum(SEARCH_ENTITIES)).check(z.maxLength(50)), ids: z.array(uuid()).check(z.maxLength(50)) },
  localOnly: true,
  sql: shown(`SELECT e.code, e.entity, a.id, x.company_id, 0 AS tier, 0 AS length, '' AS title
    FROM unnest($1::text[], $2::uuid[]) AS a(entity, id) JOIN ${entities} ON e.entity = a.entity
    CROSS JOIN LATERAL (
      SELECT company_id FROM app_read.workspaces WHERE e.code = ${workspace} AND id = a.id
      UNION ALL SELECT company_id FROM app_read.folders WHERE e.code = ${folder} AND id = a.id
      UNION ALL SELECT company_id FROM app_read.company_members WHERE e.code = ${member} AND id = a.id
      UNION ALL SELECT company_id FROM app_read.user_groups WHERE e.code = ${group} AND id = a.id) x
    WHERE EXISTS (SELECT FROM app_read.memberships s WHERE s.company_id = x.company_id)`),
})

export interface SearchProgressRow {
  /** Rows that can be found. */
  ready: number
  /** Rows that there are to be found, as far as they are here. */
  total: number
  /** Everything that is here can be found. */
  full: boolean
}

/** How much of what is here search has taken up. */
export const searchProgressRead = defineRead<SearchProgressRow>()({
  name: 'search-progress',
  views: ['search_fills', 'sync_status'],
  input: {},
  localOnly: true,
  sql: `SELECT coalesce(sum(CASE WHEN f.done THEN s.row_count ELSE least(f.rows, s.row_count) END), 0)::int AS ready, coalesce(sum(s.row_count), 0)::int AS total,
      coalesce(bool_and(s.complete AND coalesce(f.done, false)), false) AS full
    FROM app_read.sync_status s LEFT JOIN app_read.search_fills f ON f.shape_key = s.shape_key
    WHERE s.shape IN ('workspaces', 'folders', 'members', 'groups')`,
})
