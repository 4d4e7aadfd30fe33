/** Why a where, or the values for it, cannot be used: the field of the request at fault and one sentence. */
export class PredicateError extends Error {
  readonly field: 'where' | 'params'
  constructor(sentence: string, field: 'where' | 'params' = 'where') {
    super(sentence)
    this.name = 'PredicateError'
    this.field = field
  }
}

/** A sentence that says at which character of the where (counted from 0) it went wrong. */
export function errorAt(where: string, byteOffset: number, sentence: string): PredicateError {
  const before = Buffer.from(where).subarray(0, Math.max(0, byteOffset)).toString('utf8')
  return new PredicateError(`At location ${[...before].length}: ${sentence}`)
}
