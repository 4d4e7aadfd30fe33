import { readAnswer, type AnswerCode } from '#shared/protocol/answers'

/** What a `Retry-After` of seconds or a date asks for, in ms; 0 where it is missing or senseless. At most an hour. */
export function retryAfter(headers: Headers, now = Date.now()): number {
  const value = headers.get('retry-after')
  if (value === null) return 0
  const seconds = Number(value)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), 3_600_000) : 0
}

/** The server's clock at the time of an answer, in epoch ms; ours where it does not say. */
export const dateOf = (headers: Headers): number => Date.parse(headers.get('date') ?? '') || Date.now()

/** Whether the server says "not now" rather than "no". */
export const isPassing = (status: number) => status >= 500 || status === 429

/** What a passing answer says of itself; a proxy's own page says nothing. */
export const codeOf = async (response: Response): Promise<AnswerCode> => codeIn(await response.text().catch(() => ''))

/** The same of the text of an answer. */
export function codeIn(text: string): AnswerCode {
  try {
    return readAnswer(JSON.parse(text))?.code ?? 'sync_unavailable'
  }
  catch {
    return 'sync_unavailable'
  }
}
