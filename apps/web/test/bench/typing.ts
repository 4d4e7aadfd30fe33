/** Each beginning of a word up to eight letters, as it grows under the fingers. */
export const beginnings = (word: string) => Array.from({ length: Math.min(8, word.length) }, (_, n) => word.slice(0, n + 1))

/** Its middle letter is forgotten. */
export const mistyped = (word: string) => word.slice(0, word.length >> 1) + word.slice((word.length >> 1) + 1)
