/**
 * Rows that somebody changed, or made here: the condition of a partial index, and of the read that goes by it. An import
 * writes 100,000 rows at once, which nobody calls recent changes; with all of them in the index, the first sync in the
 * browser took a third longer (measured: COPY of 117,572 folders in PGlite 1.5 s without it, 2.1 s with all rows in it,
 * 1.6 s with these). Keys made here are UUIDs of version 7 and stand below this bound until the year 2039; an import's
 * are of version 5, and one in 128 of them does.
 */
export const CHANGED_BY_PEOPLE = 'row_version > 1 or id < \'02000000-0000-0000-0000-000000000000\'::uuid'
