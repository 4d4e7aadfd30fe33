import { answerBody, ANSWERS, type AnswerBody, type AnswerCode } from '../../shared/protocol/answers'

/** Thrown anywhere in a request to end it with one of the typed answers; the error handler writes it. */
export class Refusal extends Error {
  readonly code: AnswerCode
  readonly body: AnswerBody
  readonly headers: Record<string, string>

  constructor(code: AnswerCode, more: Omit<AnswerBody, 'code' | 'message' | 'next'> = {}, headers: Record<string, string> = {}) {
    super(ANSWERS[code].sentence)
    this.code = code
    this.body = answerBody(code, more)
    this.headers = headers
  }

  get status(): number {
    return ANSWERS[this.code].status
  }
}
