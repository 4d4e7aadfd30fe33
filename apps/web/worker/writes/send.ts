import { answerBody, readAnswer, type AnswerBody } from '#shared/protocol/answers'
import { MUTATIONS_PATH, type MutationEntry, type MutationResult, type MutationsAnswer } from '#shared/protocol/mutations'
import { DATABASE_USER_HEADER } from '#shared/protocol/sync'
import { isPassing, retryAfter } from '../transport/retry-after'

/** What came of one request. */
export type Sent =
  /** One result an edit, in their order. */
  | { readonly kind: 'answered', readonly results: readonly MutationResult[] }
  /** The session is over, or another person's. */
  | { readonly kind: 'signed_out' }
  /** Nothing came back, or that it cannot be done now; to be asked again, not before so many ms. */
  | { readonly kind: 'failed', readonly atLeast: number }
  /** The request as a whole is not one: an edit in it makes it so. */
  | { readonly kind: 'unfit', readonly answer: AnswerBody }

/** Moving a great tree takes the server longer than any other request. */
const LIMIT_MS = 70_000

export interface SendOptions {
  readonly origin: string
  readonly userId: string
  readonly fetch: typeof fetch
}

/** Sends edits in one request. Never rejects. @param signal breaks it off; whether it was done is then asked again */
export async function send({ origin, userId, fetch }: SendOptions, mutations: readonly MutationEntry[], signal: AbortSignal): Promise<Sent> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), LIMIT_MS)
  const stop = () => limit.abort()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const response = await fetch(`${origin}${MUTATIONS_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [DATABASE_USER_HEADER]: userId },
      body: JSON.stringify({ mutations }),
      signal: limit.signal,
    })
    const text = await response.text()
    if (response.ok) return readResults(text, mutations)
    const answer = readBody(text)
    if (response.status === 401 || answer?.code === 'wrong_user') return { kind: 'signed_out' }
    // Something between us and the server has answered: an edit is decided by our server alone.
    if (!answer || isPassing(response.status) || response.status === 408) return { kind: 'failed', atLeast: retryAfter(response.headers) }
    return { kind: 'unfit', answer }
  }
  catch {
    return { kind: 'failed', atLeast: 0 }
  }
  finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function readResults(text: string, mutations: readonly MutationEntry[]): Sent {
  const results = (parsed(text) as Partial<MutationsAnswer> | undefined)?.results
  const fits = Array.isArray(results) && results.length === mutations.length && results.every((result, place) => result.id === mutations[place]?.id)
  return fits ? { kind: 'answered', results } : { kind: 'failed', atLeast: 0 }
}

const readBody = (text: string) => readAnswer(parsed(text))

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  }
  catch {
    return undefined
  }
}

/** What an edit that no request can carry is refused with. */
export const refusedWith = (id: string, answer: AnswerBody = answerBody('invalid_input')): MutationResult => ({ ...answer, id, status: 'refused' })
