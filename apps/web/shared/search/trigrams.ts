/**
 * SQL for the trigrams of a word, each once, as a table with the column `trigram`: three characters each, of the word
 * between two spaces and one. The same text cuts what is stored and what is asked for.
 * @param word an SQL expression, not null
 */
export const trigramsOf = (word: string) =>
  `(SELECT DISTINCT substr('  ' || ${word} || ' ', n, 3) COLLATE "C" AS trigram FROM generate_series(1, length(${word}) + 1) AS n)`
