/** A failure of the stack that a person can act on: a code for programs, one sentence for people. */
export class StackError extends Error {
  readonly code: string
  constructor(code: string, sentence: string) {
    super(sentence)
    this.name = 'StackError'
    this.code = code
  }
}

/** The message of anything that was thrown, for one line of log. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
