import type { Transaction } from '@electric-sql/pglite'
import { fold, wordsOfName } from '#shared/search/text'
import { deleteTrigrams, writeWords, type WordTables } from './words'
import type { SearchWriter } from './writer'

/** A row as search takes it up. */
export interface SearchRow {
  readonly id: string
  readonly company_id: string
  readonly name: string
  /** Found like a part of the name, and not shown as one. */
  readonly extra: string
}

const TABLES: WordTables = { words: 'search_words', trigrams: 'search_trigrams' }

interface Title {
  readonly company: string
  readonly title: string
  readonly extra: string
  readonly words: readonly string[]
  id?: number
}

const keyOf = (company: string, title: string, extra: string) => `${company}\n${title}\n${extra}`

/** All rows are written, unless they have more new names. Of a name that changed, who asked has to take the old one away. */
async function writeDocuments(tx: Transaction, entity: number, rows: readonly SearchRow[], names = Infinity): Promise<number> {
  if (rows.length === 0) return 0
  const titles = new Map<string, Title>()
  const titleOf = rows.map(({ company_id: company, name, extra: beside }) => {
    const [title, extra] = [fold(name), fold(beside)]
    const key = keyOf(company, title, extra)
    const known = titles.get(key)
    if (known) return known
    const made: Title = { company, title, extra, words: wordsOfName(extra ? `${title} ${extra}` : title) }
    titles.set(key, made)
    return made
  })
  await findTitles(tx, entity, titles)
  const missing = [...titles.values()].filter(({ id }) => id === undefined)
  const beyond = missing[names]
  const written = beyond ? titleOf.indexOf(beyond) : rows.length
  await makeTitles(tx, entity, titles, missing.slice(0, names))
  await tx.query(
    `INSERT INTO search_documents (id, entity, title_id) SELECT id, $1, title_id FROM unnest($2::uuid[], $3::int[]) AS r(id, title_id)
     ON CONFLICT (id, entity) DO UPDATE SET title_id = excluded.title_id WHERE search_documents.title_id <> excluded.title_id`,
    [entity, rows.slice(0, written).map(({ id }) => id), titleOf.slice(0, written).map(({ id }) => id)])
  return written
}

/** Gives each title its id that has one. LATERAL with LIMIT, because the planner has no statistics and would read the whole table. */
async function findTitles(tx: Transaction, entity: number, titles: ReadonlyMap<string, Title>): Promise<void> {
  const given = [...titles.values()]
  const { rows: known } = await tx.query<{ id: number, place: number }>(
    `SELECT t.id, g.place::int FROM unnest($2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY AS g(company_id, title, extra, place)
     CROSS JOIN LATERAL (SELECT id FROM search_titles t
       WHERE t.entity = $1 AND t.title = g.title AND t.company_id = g.company_id AND t.extra = g.extra LIMIT 1) t`,
    [entity, given.map(({ company }) => company), given.map(({ title }) => title), given.map(({ extra }) => extra)])
  for (const { id, place } of known) (given[place - 1] as Title).id = id
}

/** Writes titles that are not there, with their words, and gives them their ids. */
async function makeTitles(tx: Transaction, entity: number, titles: ReadonlyMap<string, Title>, missing: readonly Title[]): Promise<void> {
  if (missing.length === 0) return
  const { rows: made } = await tx.query<{ id: number, company_id: string, title: string, extra: string }>(
    `INSERT INTO search_titles (entity, company_id, title, length, extra, words)
     SELECT $1, company_id, title, length(title), extra, words FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS g(company_id, title, extra, words)
     RETURNING id, company_id, title, extra`,
    [entity, missing.map(({ company }) => company), missing.map(({ title }) => title), missing.map(({ extra }) => extra), missing.map(({ words }) => words.map(word => ` ${word}`).join(''))])
  const uses = made.flatMap(({ id, company_id, title, extra }) => {
    const found = titles.get(keyOf(company_id, title, extra)) as Title
    found.id = id
    return found.words.map(word => ({ id, company: found.company, word }))
  })
  if (uses.length === 0) return
  await writeWords(tx, TABLES, uses)
  await tx.query(
    `INSERT INTO search_title_words (word_id, entity, title_id)
     SELECT w.id, $4, u.title_id FROM unnest($1::int[], $2::uuid[], $3::text[]) AS u(title_id, company_id, word)
     CROSS JOIN LATERAL (SELECT id FROM search_words w WHERE w.word = u.word AND w.company_id = u.company_id LIMIT 1) w`,
    [uses.map(({ id }) => id), uses.map(({ company }) => company), uses.map(({ word }) => word), entity])
}

/** With the last document of a name goes the name, and with the last name of a word the word. */
async function changeDocuments(tx: Transaction, entity: number, rows: readonly SearchRow[], gone: readonly string[]): Promise<void> {
  const before = await titlesOf(tx, entity, [...rows.map(({ id }) => id), ...gone])
  await writeDocuments(tx, entity, rows)
  await tx.query('DELETE FROM search_documents WHERE entity = $1 AND id = ANY($2::uuid[])', [entity, gone])
  await deleteUnusedTitles(tx, before)
}

async function forgetDocuments(tx: Transaction, entity: number, company: string): Promise<void> {
  await tx.query(`DELETE FROM search_documents d USING search_titles t WHERE t.id = d.title_id AND t.entity = $1 AND t.company_id = $2`, [entity, company])
  await tx.query('DELETE FROM search_titles WHERE entity = $1 AND company_id = $2', [entity, company])
  await tx.exec(`
    DELETE FROM search_title_words u WHERE NOT EXISTS (SELECT FROM search_titles t WHERE t.id = u.title_id);
    DELETE FROM search_words w WHERE NOT EXISTS (SELECT FROM search_title_words u WHERE u.word_id = w.id);
    DELETE FROM search_trigrams g WHERE NOT EXISTS (SELECT FROM search_words w WHERE w.id = g.word_id)`)
}

/** Rows that are found by their name. @param extra SQL over the row: found beside the name, and not shown as the title */
export const namesWith = (extra: string): SearchWriter<SearchRow> =>
  ({ columns: `name, ${extra} AS extra`, fill: writeDocuments, change: changeDocuments, forget: forgetDocuments })

/** The titles of these documents as they are now. */
async function titlesOf(tx: Transaction, entity: number, ids: readonly string[]): Promise<number[]> {
  const { rows } = await tx.query<{ title_id: number }>('SELECT DISTINCT title_id FROM search_documents WHERE entity = $1 AND id = ANY($2::uuid[])', [entity, ids])
  return rows.map(({ title_id }) => title_id)
}

/** Of these titles those go that no document has. A word that was somebody's name must not stay when the row is gone. */
async function deleteUnusedTitles(tx: Transaction, titles: readonly number[]): Promise<void> {
  if (titles.length === 0) return
  const { rows: gone } = await tx.query<{ id: number }>(
    `DELETE FROM search_titles t WHERE t.id = ANY($1::int[]) AND NOT EXISTS (SELECT FROM search_documents d WHERE d.title_id = t.id) RETURNING id`, [titles])
  if (gone.length === 0) return
  const { rows: used } = await tx.query<{ word_id: number }>(
    'DELETE FROM search_title_words WHERE title_id = ANY($1::int[]) RETURNING word_id', [gone.map(({ id }) => id)])
  await tx.query(
    `WITH gone AS (
       DELETE FROM search_words w WHERE w.id = ANY($1::int[]) AND NOT EXISTS (SELECT FROM search_title_words u WHERE u.word_id = w.id) RETURNING id, word)
     ${deleteTrigrams(TABLES)}`,
    [[...new Set(used.map(({ word_id }) => word_id))]])
}

/** For the writes of one transaction; see `writeDocuments`. */
export const byIndexOnly = (tx: Transaction) => tx.exec('SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off')
