import * as z from 'zod/mini'
import { LEAD_LANGUAGES, type LeadLanguage } from '../leads/languages'
import { LEAD_CODE } from '../search/entities'
import { nearWords } from '../search/near-words'
import { EXPORTED_COLUMNS, LEAD_COLUMNS, UNMERGED, filterInput, narrowedBy, type ExportedLead, type LeadListRow } from './leads'
import { defineRead, uuid } from './read'

/** How far search has taken up a company's leads; no row before it begins. */
export interface LeadSearchState {
  full: boolean
  /** As the company's settings had it then. */
  language: string | null
}

export const leadSearchStateRead = defineRead<LeadSearchState>()({
  name: 'lead-search-state',
  views: ['search_fills'],
  input: { company: uuid() },
  localOnly: true,
  sql: `SELECT done AS full, language FROM app_read.search_fills WHERE entity = ${LEAD_CODE} AND company_id = $1::uuid`,
})

const { sought: _, ...narrowedTo } = filterInput
const input = {
  company: uuid(),
  /** Folded by `search/text`, each the beginning of a word that a lead must have in it. */
  words: z.array(z.string().check(z.maxLength(40))).check(z.minLength(1), z.maxLength(8)),
  language: z.enum(LEAD_LANGUAGES),
  ...narrowedTo,
}
export interface LeadQuestion { words: string[], language: LeadLanguage }

/** So many a search shows: with twice as many the rows alone take a fourth of the time that a key may take. */
export const FOUND_SHOWN = 100
/** So many of the latest are looked at first: what one in 25 leads has in it need not be looked for in all of them. */
const LATEST = 25 * FOUND_SHOWN
/** So many of those that are found are ranked. */
const RANKED = 4_000
const SIMILAR_SHOWN = 50

/** A word between quotes; in one that `search/text` gives there is nothing to take out. */
const quoted = (word: string) => `'''' || translate(${word}, '''\\', '') || ''''`

/** The question for full-text search: each word as the beginning of one, as it is typed or of its stem in the language. */
const asked = `asked AS MATERIALIZED (
      SELECT string_agg('(' || (SELECT string_agg(${quoted('form')} || ':*', ' | ') FROM (
          SELECT word UNION SELECT unnest(tsvector_to_array(to_tsvector($3::text::regconfig, word)))) forms(form)) || ')', ' & ')::tsquery AS query,
        string_agg(${quoted('word')}, ' & ')::tsquery AS whole
      FROM unnest($2::text[]) AS typed(word))`

/** Of leads that have all of the words those first that have them in the name, then in the address; whole words before beginnings. */
const rank = '(SELECT ts_rank(\'{0.1, 0.2, 0.4, 1}\', document, query) + ts_rank(\'{0.1, 0.2, 0.4, 1}\', document, whole) FROM asked)'

/** Planned with its parameters: where nothing narrows, no lead is looked at for that. One LIMIT each holds it to the key. */
const isNarrowedOut = (found: string) => `(SELECT true FROM app_read.leads WHERE id = ${found}.id AND ${narrowedBy(4)} LIMIT 1) IS NULL`
const NARROWS_NOTHING = '($4 = \'\' AND $5 = \'\' AND $6::int = 0 AND $7 = \'\' AND $8 = \'\' AND $9 = \'\')'
const isWanted = (found: string) => `(${NARROWS_NOTHING} OR NOT ${isNarrowedOut(found)})`

/** Of each lead that is merged the one that is kept. Of a ring, which edits can make until the server refuses one, there is none. */
const kept = `kept AS MATERIALIZED (
      WITH RECURSIVE up(id, above) AS (
        SELECT id, merged_into FROM app_read.leads WHERE company_id = $1::uuid AND merged_into IS NOT NULL
        UNION SELECT up.id, l.merged_into FROM up CROSS JOIN LATERAL (SELECT merged_into FROM app_read.leads WHERE id = up.above LIMIT 1) l WHERE l.merged_into IS NOT NULL)
      SELECT up.id, up.above FROM up WHERE (SELECT merged_into FROM app_read.leads l WHERE l.id = up.above) IS NULL)`

/** Words of a merged lead lead to the kept one, which is there once. */
const shown = (found: string, limit: number) => `SELECT l.* FROM (
      SELECT id, max(rank) AS rank FROM (SELECT coalesce((SELECT above FROM kept WHERE kept.id = f.id LIMIT 1), f.id) AS id, f.rank FROM (${found}) f) own GROUP BY id) f
    CROSS JOIN LATERAL (SELECT ${LEAD_COLUMNS} FROM app_read.leads WHERE id = f.id AND ${UNMERGED} AND (${NARROWS_NOTHING} OR (${narrowedBy(4)})) LIMIT 1) l
    ORDER BY f.rank DESC, l.created_at DESC, l.id DESC LIMIT ${limit}`

/**
 * Leads with the words that were typed, the best first and of equals the latest. What many leads have in them is looked for among
 * the latest; the index is asked only where that does not fill the list, so that neither costs more than some thousand documents.
 * By a row's place in the order (company, moment, key) and not by the company: without statistics PostgreSQL sorts all leads otherwise.
 */
export const leadSearchRead = defineRead<LeadListRow>()({
  name: 'lead-search',
  views: ['search_leads', 'leads'],
  input,
  localOnly: true,
  sql: `WITH ${asked}, ${kept}, latest AS MATERIALIZED (
      SELECT l.id, l.at, ${rank} AS rank FROM (
        SELECT id, company_id, at, document FROM app_read.search_leads WHERE (company_id, at, id) <= ($1::uuid, 'infinity'::timestamptz, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        ORDER BY company_id DESC, at DESC, id DESC LIMIT ${LATEST}) l
      WHERE l.company_id = $1::uuid AND l.document @@ (SELECT query FROM asked) AND ${isWanted('l')}
    ), every AS MATERIALIZED (
      SELECT s.id, s.at, ${rank} AS rank FROM (SELECT * FROM app_read.search_leads WHERE document @@ (SELECT query FROM asked) OFFSET 0) s
      WHERE (SELECT count(*) FROM latest) < ${FOUND_SHOWN} AND s.company_id = $1::uuid AND ${isWanted('s')} LIMIT ${RANKED}
    )
    ${shown(`SELECT id, at, rank FROM every UNION ALL SELECT id, at, rank FROM latest WHERE (SELECT count(*) FROM latest) >= ${FOUND_SHOWN}
      ORDER BY rank DESC, at DESC, id DESC LIMIT ${FOUND_SHOWN}`, FOUND_SHOWN)}`,
})

/** Leads that the first read does not find, with a word in the name or address that is spelled like each that was typed. */
export const similarLeadsRead = defineRead<LeadListRow>()({
  name: 'similar-leads',
  views: ['search_leads', 'leads'],
  input,
  localOnly: true,
  sql: `WITH ${nearWords('$2::text[]', 'search_lead_words', 'search_lead_trigrams')}, meant AS MATERIALIZED (
      SELECT string_agg('(' || forms || ')', ' & ')::tsquery AS query FROM (
        SELECT place, string_agg(DISTINCT ${quoted('w.word')} || ':AB', ' | ') AS forms FROM near n
        CROSS JOIN LATERAL (SELECT word FROM app_read.search_lead_words WHERE id = n.word_id AND company_id = $1::uuid LIMIT 1) w GROUP BY place) places
      HAVING count(*) = cardinality($2::text[])
    ), typed AS MATERIALIZED (WITH ${asked} SELECT query FROM asked), ${kept}
    ${shown(`SELECT s.id, s.at, ts_rank('{0.1, 0.2, 0.4, 1}', s.document, (SELECT query FROM meant)) AS rank
      FROM (SELECT * FROM app_read.search_leads WHERE document @@ (SELECT query FROM meant) OFFSET 0) s
      WHERE s.company_id = $1::uuid AND NOT s.document @@ (SELECT query FROM typed) AND ${isWanted('s')} LIMIT ${RANKED}`, SIMILAR_SHOWN)}`,
})

/** A slice, by key, of all leads with these words: see `exportedLeadsRead`. */
export const exportedFoundLeadsRead = defineRead<ExportedLead>()({
  name: 'exported-found-leads',
  views: ['search_leads', 'leads', 'company_members'],
  input: { ...input, after: uuid(), limit: z.int().check(z.minimum(1), z.maximum(10_000)) },
  localOnly: true,
  sql: `WITH ${asked}, ${kept}, found AS MATERIALIZED (
      SELECT DISTINCT coalesce(k.above, s.id) AS id FROM (SELECT id, company_id FROM app_read.search_leads WHERE document @@ (SELECT query FROM asked) OFFSET 0) s
      LEFT JOIN kept k ON k.id = s.id WHERE s.company_id = $1::uuid
    )
    SELECT ${EXPORTED_COLUMNS} FROM (
      SELECT l.* FROM (SELECT id FROM found WHERE id > $10::uuid AND ${isWanted('found')} ORDER BY id OFFSET 0) s
      CROSS JOIN LATERAL (SELECT * FROM app_read.leads WHERE id = s.id AND ${UNMERGED} LIMIT 1) l ORDER BY s.id LIMIT $11::int) l ORDER BY id`,
})
