import { readAnswer, type AnswerCode } from '#shared/protocol/answers'

/** What a `Retry-After` of seconds or a date asks for, in ms; 0 where it is missing or senseless. At most an hour. */
export function retryAfter(headers: Headers, now = Date.now()): number {
  const value = headers.get('retry-after')
  if (value === null) return 0
  const seconds = Number(value)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), 3_600_000) : 0
}

/** Whether the server says "not now" rather than "no". */
export const isPassing = (status: number) => status >= 500 || status === 429

/** What a passing answer says of itself; a proxy's own page says nothing. */
export const codeOf = async (response: Response): Promise<AnswerCode> =>
  readAnswer(await response.json().catch(() => undefined))?.code ?? 'sync_unavailable'
