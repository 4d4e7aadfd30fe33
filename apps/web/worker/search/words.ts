import type { Transaction } from '@electric-sql/pglite'
import { trigramsOf } from '#shared/search/trigrams'

/** A word of a company's names. */
export interface WordUse { readonly company: string, readonly word: string }

/** Side tables of words (id, company_id, word) and of their trigrams (trigram, word_id). */
export interface WordTables { readonly words: string, readonly trigrams: string }

/** Writes the words that are not there yet, once a company, with their trigrams. */
export async function writeWords(tx: Transaction, { words, trigrams }: WordTables, uses: readonly WordUse[]): Promise<void> {
  const each = [...new Map(uses.map(use => [`${use.company}\n${use.word}`, use])).values()]
  await tx.query(
    `WITH made AS (
       INSERT INTO ${words} (company_id, word) SELECT company_id, word FROM unnest($1::uuid[], $2::text[]) AS g(company_id, word)
       WHERE NOT EXISTS (SELECT FROM ${words} w WHERE w.word = g.word AND w.company_id = g.company_id) RETURNING id, word)
     INSERT INTO ${trigrams} (trigram, word_id) SELECT part.trigram, made.id FROM made CROSS JOIN LATERAL ${trigramsOf('made.word')} part`,
    [each.map(({ company }) => company), each.map(({ word }) => word)])
}

/** SQL that deletes the trigrams of words that a common table expression `gone` (id, word) has deleted. */
export const deleteTrigrams = ({ trigrams }: WordTables) =>
  `DELETE FROM ${trigrams} s USING gone CROSS JOIN LATERAL ${trigramsOf('gone.word')} part WHERE s.trigram = part.trigram AND s.word_id = gone.id`
