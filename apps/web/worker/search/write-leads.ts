import type { Transaction } from '@electric-sql/pglite'
import { leadLanguageOf, type LeadLanguage } from '#shared/leads/languages'
import { wordsOfText } from '#shared/search/text'
import { deleteTrigrams, writeWords, type WordTables } from './words'
import type { SearchWriter } from './writer'

/** A lead as search takes it up. */
export interface SearchedLead {
  readonly id: string
  readonly company_id: string
  readonly created_at: string | Date
  readonly name: string
  readonly email: string
  readonly phone: string | null
  readonly message: string
  readonly notes: string
  readonly tags: readonly string[]
}

/** Of a lead's message so many words are found; 10,000 characters have fewer than 2,000. */
const WORDS = 2_000
/** A lead costs as much as so many names of folders: 0.3 ms, most of it the index. */
export const NAMES_A_LEAD = 4

const TABLES: WordTables = { words: 'search_lead_words', trigrams: 'search_lead_trigrams' }

/** Its words between quotes, as PostgreSQL reads a tsvector: there are letters, marks and digits in them, and nothing to escape. */
const lexemes = (words: readonly string[], mark = '') => words.map(word => `'${word}'${mark}`).join(' ')

/** What a lead is found by. `who` is looked through for what is spelled alike too, the `text` in all the forms of its words. */
function wordsOf({ name, email, phone, message, notes, tags }: SearchedLead) {
  const [names, addresses] = [wordsOfText(name, WORDS), wordsOfText(email, WORDS)]
  // As it is written, and as one number.
  const numbers = phone === null ? [] : wordsOfText(`${phone} ${phone.replace(/\D/g, '')}`, WORDS)
  const text = [...wordsOfText(notes, WORDS), ...wordsOfText(message, WORDS)]
  // Places only where they carry a weight: ranking reads them, and a message's words are nine tenths of a document.
  const plain = [lexemes(names, ':1A'), lexemes(addresses, ':2B'), lexemes(numbers, ':3C'), lexemes(wordsOfText(tags.join(' '), WORDS), ':3C'), lexemes(text)].join(' ')
  return { who: [...new Set([...names, ...addresses])], plain, text: text.join(' ') }
}

/**
 * Documents of PostgreSQL's full-text search, each word as it is written and, of what is a text, its stem in the company's language.
 * The index takes each entry at once (`fastupdate`, off): entries that it puts off would be merged in one query that then takes a second.
 */
async function write(tx: Transaction, leads: readonly SearchedLead[]): Promise<void> {
  if (leads.length === 0) return
  const languages = await languagesOf(tx, leads.map(({ company_id }) => company_id))
  const words = leads.map(wordsOf)
  await tx.query(
    `INSERT INTO search_leads (id, company_id, at, document)
     SELECT id, company_id, at, plain::tsvector || strip(to_tsvector(language::regconfig, words))
     FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[]) AS g(id, company_id, at, plain, words, language)
     ON CONFLICT (id) DO UPDATE SET company_id = excluded.company_id, at = excluded.at, document = excluded.document
     WHERE (search_leads.company_id, search_leads.at, search_leads.document) IS DISTINCT FROM (excluded.company_id, excluded.at, excluded.document)`,
    [leads.map(({ id }) => id), leads.map(({ company_id }) => company_id), leads.map(({ created_at }) => new Date(created_at).toISOString()),
      words.map(({ plain }) => plain), words.map(({ text }) => text), leads.map(({ company_id }) => languages.get(company_id))])
  await writeWords(tx, TABLES, leads.flatMap(({ company_id: company }, n) => words[n]?.who.map(word => ({ company, word })) ?? []))
}

async function languagesOf(tx: Transaction, companies: readonly string[]): Promise<Map<string, LeadLanguage>> {
  const ids = [...new Set(companies)]
  const { rows } = await tx.query<{ id: string, language: string | null }>(`SELECT id, ${LANGUAGE} AS language FROM companies WHERE id = ANY($1::uuid[])`, [ids])
  const given = new Map(rows.map(({ id, language }) => [id, language]))
  return new Map(ids.map(id => [id, leadLanguageOf(given.get(id))]))
}

/** What a company's settings say of the language of its leads, as SQL over the company. */
export const LANGUAGE = 'settings #>> \'{form,language}\''

interface Use { readonly company_id: string, readonly word: string }

/** The words of names and addresses of these leads, as they are there now. */
async function wordsNow(tx: Transaction, ids: readonly string[]): Promise<Use[]> {
  const { rows } = await tx.query<Use>(
    `SELECT DISTINCT l.company_id, u.lexeme AS word FROM search_leads l CROSS JOIN LATERAL unnest(l.document) u WHERE l.id = ANY($1::uuid[]) AND u.weights && '{A,B}'`, [ids])
  return rows
}

/** Of these words those go that no lead has. One LIMIT each: where it was left out, PostgreSQL made a hash of all leads. */
async function deleteUnusedWords(tx: Transaction, uses: readonly Use[]): Promise<void> {
  if (uses.length === 0) return
  await tx.query(
    `WITH gone AS (
       DELETE FROM search_lead_words w USING unnest($1::uuid[], $2::text[]) AS g(company_id, word) WHERE w.word = g.word AND w.company_id = g.company_id
       AND (SELECT true FROM search_leads l WHERE l.document @@ ('''' || g.word || ''':AB')::tsquery AND l.company_id = g.company_id LIMIT 1) IS NULL RETURNING w.id, w.word)
     ${deleteTrigrams(TABLES)}`,
    [uses.map(({ company_id }) => company_id), uses.map(({ word }) => word)])
}

async function fill(tx: Transaction, _: number, rows: readonly SearchedLead[], names: number): Promise<number> {
  const some = rows.slice(0, Math.ceil(names / NAMES_A_LEAD))
  await write(tx, some)
  return some.length
}

async function change(tx: Transaction, _: number, rows: readonly SearchedLead[], gone: readonly string[]): Promise<void> {
  const before = await wordsNow(tx, [...rows.map(({ id }) => id), ...gone])
  await write(tx, rows)
  await tx.query('DELETE FROM search_leads WHERE id = ANY($1::uuid[])', [gone])
  await deleteUnusedWords(tx, before)
}

async function forget(tx: Transaction, _: number, company: string): Promise<void> {
  await tx.query('DELETE FROM search_leads WHERE company_id = $1', [company])
  await tx.query('DELETE FROM search_lead_trigrams g USING search_lead_words w WHERE w.id = g.word_id AND w.company_id = $1', [company])
  await tx.query('DELETE FROM search_lead_words WHERE company_id = $1', [company])
}

/** Leads, found by the words of all that is known of them. */
export const leads: SearchWriter<SearchedLead> = { columns: 'created_at, name, email, phone, message, notes, tags', fill, change, forget }
