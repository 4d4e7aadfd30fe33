import * as z from 'zod/mini'

/**
 * Languages in which a company's leads are written, by PostgreSQL's names of what knows their words: "meetings" finds a meeting. `simple`
 * knows none and leaves each word as it is. Both Postgreses have all of them (https://www.postgresql.org/docs/17/textsearch-dictionaries.html).
 */
export const LEAD_LANGUAGES = [
  'simple', 'arabic', 'armenian', 'basque', 'catalan', 'danish', 'dutch', 'english', 'estonian', 'finnish', 'french', 'german', 'greek', 'hindi', 'hungarian',
  'indonesian', 'irish', 'italian', 'lithuanian', 'nepali', 'norwegian', 'portuguese', 'romanian', 'russian', 'serbian', 'spanish', 'swedish', 'tamil', 'turkish', 'yiddish',
] as const

export type LeadLanguage = typeof LEAD_LANGUAGES[number]

/** Where nobody said one. */
export const USUAL_LANGUAGE: LeadLanguage = 'english'

const language = z.catch(z.enum(LEAD_LANGUAGES), USUAL_LANGUAGE)

/** The language in a company's settings, whoever wrote them. */
export const leadLanguageOf = (given: unknown): LeadLanguage => language.parse(given)
