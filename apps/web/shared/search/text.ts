/**
 * How names and what people type are compared: both are folded the same way here, and nowhere else. The two Postgreses
 * know other languages than JavaScript does, so no folding is left to SQL.
 */

/** Of a longer name only so much is compared: an index entry has room for 2,700 bytes. */
const TITLE_LENGTH = 200
const WORD_LENGTH = 40
const WORDS = 32

/** Accents, Hebrew points and Arabic vowel signs. The vowel signs of Indic scripts are letters to their readers and stay. */
const ACCENTS = /(?=\p{M})[\p{sc=Inherited}\p{sc=Hebrew}\p{sc=Arabic}]/gu
/** Letters that Unicode does not take apart, as people without the key for them type them. */
const SPELLED: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', æ: 'ae', œ: 'oe', ı: 'i', ς: 'σ' }
/** What PostgreSQL would refuse (NUL, half a character) or nobody sees. */
const UNSEEN = /(?!\s)[\p{Cc}\p{Cf}\p{Cs}]/gu
const ASCII = /^[\u0020-\u007E]*$/

/** Scripts that are written without spaces: every two neighbouring characters are a word. */
const UNSPACED = '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\u30fc'
const WORD = new RegExp(`[${UNSPACED}]+|(?:(?![${UNSPACED}])[\\p{L}\\p{M}\\p{N}])+|\\p{Extended_Pictographic}`, 'gu')
const STARTS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u')

/** Character by character, so that a place in the folded text has one in the text. */
function foldCharacter(character: string): string {
  // Most of what is marked in a list of results: normalising each letter of 50 names took as long as painting them.
  if (ASCII.test(character)) return character.toLowerCase()
  const plain = character.replace(UNSEEN, '').normalize('NFKD').toLowerCase().normalize('NFKD').replace(ACCENTS, '')
  return /\s/.test(plain) ? ' ' : [...plain].map(part => SPELLED[part] ?? part).join('')
}

/** Small letters without accents, compatible spellings as one; what cannot be seen is gone. */
const foldAll = (text: string) => ASCII.test(text) ? text.toLowerCase() : Array.from(text, foldCharacter).join('')

/** The same, with runs of space as one, as far as names are compared. */
export const fold = (text: string): string => cut(foldAll(text).replace(/ +/g, ' ').trim(), TITLE_LENGTH)

interface Word { word: string, at: number, end: number }

/** @param whole whether the last character of an unspaced run stands alone too, as an index needs it and a question does not */
function wordsWithPlaces(folded: string, whole: boolean): Word[] {
  const found: Word[] = []
  for (const { 0: run, index } of folded.matchAll(WORD)) {
    if (!STARTS_UNSPACED.test(run)) {
      found.push({ word: cut(run, WORD_LENGTH), at: index, end: index + run.length })
      continue
    }
    const characters = [...run]
    let at = index
    characters.forEach((character, place) => {
      const word = character + (characters[place + 1] ?? '')
      if (whole || place === 0 || place < characters.length - 1) found.push({ word, at, end: at + word.length })
      at += character.length
    })
  }
  return found
}

const distinct = (words: readonly Word[], most = WORDS) => [...new Set(words.map(({ word }) => word))].slice(0, most)

/** The words of a folded name, each once: what an index holds of it. */
export const wordsOfName = (folded: string) => distinct(wordsWithPlaces(folded, true))

/** The folded words of a text of any length, each once; of a longer one so many. */
export const wordsOfText = (text: string, most: number) => distinct(wordsWithPlaces(text.split(/\s+/).map(foldAll).join(' '), true), most)

/** The words of a folded question, each the beginning of one that is looked for; the most telling, the longest, first. */
export const wordsOfQuestion = (folded: string) => distinct(wordsWithPlaces(folded, false)).sort((a, b) => b.length - a.length).slice(0, 8)

/** A part of a text, from one place up to before another, in UTF-16 units. */
export type Range = readonly [from: number, to: number]

/** The parts of a name that a question found, in their order, none touching another. */
export function highlights(name: string, question: string): Range[] {
  const asked = fold(question)
  if (asked === '') return []
  const { folded, places } = foldWithPlaces(name)
  const parts: { at: number, end: number }[] = []
  const questionWords = wordsOfQuestion(asked)
  for (const { word, at } of wordsWithPlaces(folded, true)) {
    for (const beginning of questionWords) if (word.startsWith(beginning)) parts.push({ at, end: at + beginning.length })
  }
  if (parts.length === 0 || folded.startsWith(asked)) {
    const at = folded.indexOf(asked)
    if (at >= 0) parts.push({ at, end: at + asked.length })
  }
  return merge(parts.map(({ at, end }) => [places[at] ?? 0, places[end] ?? name.length]))
}

/** `places[n]` is where in the name the n-th unit of the folded text comes from; the last is the name's end. */
function foldWithPlaces(name: string): { folded: string, places: number[] } {
  let folded = ''
  const places: number[] = []
  let at = 0
  for (const character of name) {
    const part = foldCharacter(character)
    folded += part
    for (let n = 0; n < part.length; n++) places.push(at)
    at += character.length
  }
  return { folded, places: [...places, at] }
}

function merge(ranges: readonly Range[]): Range[] {
  const merged: [number, number][] = []
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = merged.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else if (to > from) merged.push([from, to])
  }
  return merged
}

/** Cuts to so many UTF-16 units, and never through a character. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')
}
