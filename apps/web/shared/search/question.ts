import { fold, wordsOfQuestion } from './text'

/** What somebody typed, as the reads `search` and `search-similar` take it. */
export interface SearchQuestion {
  title: string
  words: string[]
}

/** The question in a text; its title is empty where nothing was asked. */
export function questionOf(text: string): SearchQuestion {
  const title = fold(text)
  return { title, words: wordsOfQuestion(title) }
}
