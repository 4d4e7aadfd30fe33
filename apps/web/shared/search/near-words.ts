import { trigramsOf } from './trigrams'

/** After every text that begins with it, in the C collation. */
export const after = (text: string) => `${text} || chr(1114111)`

/**
 * The rows of a side table for one value. OFFSET 0 holds PostgreSQL to its index: a database in the browser is never
 * analyzed, and without statistics it would read 200,000 trigrams to find those of one word.
 */
export const each = (columns: string, table: string, where: string) => `CROSS JOIN LATERAL (SELECT ${columns} FROM app_read.${table} WHERE ${where} OFFSET 0)`

/**
 * Common table expressions for what was typed and the known words that are like it: `asked` (word, place) and `near` (place, word_id,
 * score, 1 at most). A word is like another by the trigrams of the typed one that it has, or by two neighbouring letters changed.
 * @param typed an SQL expression for the folded words, text[]
 * @param words side table (id, word), with an index on the word; @param trigrams side table (trigram, word_id)
 */
export const nearWords = (typed: string, words: string, trigrams: string) => `asked AS MATERIALIZED (
      SELECT word, place FROM unnest(${typed}) WITH ORDINALITY AS a(word, place)
    ), parts AS MATERIALIZED (
      SELECT a.place, part.trigram, count(*) OVER (PARTITION BY a.place) AS of FROM asked a CROSS JOIN LATERAL ${trigramsOf('a.word')} part
      WHERE length(a.word) >= 3
    ), shared AS MATERIALIZED (
      SELECT p.place, s.word_id, count(*)::float8 / p.of AS share FROM parts p ${each('word_id', trigrams, 'trigram = p.trigram')} s
      GROUP BY p.place, s.word_id, p.of HAVING count(*) >= 0.4 * p.of
    ), near AS MATERIALIZED (
      SELECT place, word_id, max(score) AS score FROM (
        (SELECT place, word_id, score FROM (
          SELECT s.place, s.word_id, s.share - 0.02 * abs(length(w.word) - length(a.word)) AS score,
            row_number() OVER (PARTITION BY s.place ORDER BY s.share - 0.02 * abs(length(w.word) - length(a.word)) DESC, s.word_id) AS rank
          FROM shared s ${each('word', words, 'id = s.word_id')} w JOIN asked a ON a.place = s.place
        ) ranked WHERE rank <= 12)
        UNION ALL
        SELECT a.place, w.id, 0.9 FROM asked a CROSS JOIN generate_series(1, length(a.word) - 1) AS n CROSS JOIN LATERAL (
          SELECT substr(a.word, 1, n - 1) || substr(a.word, n + 1, 1) || substr(a.word, n, 1) || substr(a.word, n + 2) AS word
        ) other CROSS JOIN LATERAL (
          SELECT id FROM app_read.${words} WHERE length(a.word) >= 3 AND other.word <> a.word AND word >= other.word AND word < ${after('other.word')} LIMIT 8
        ) w
        UNION ALL
        SELECT a.place, w.id, 1 FROM asked a CROSS JOIN LATERAL (
          SELECT id FROM app_read.${words} WHERE word >= a.word AND word < ${after('a.word')} LIMIT 50
        ) w WHERE cardinality(${typed}) > 1
      ) found GROUP BY place, word_id
    )`
