import { ANSWERS, readAnswer, type AnswerBody } from '#shared/protocol/answers'
import { CONFIG_PATH, DATABASE_USER_HEADER } from '#shared/protocol/sync'
import type { Person } from './person'

export interface DemoAccount { email: string, password: string, note: string }
export interface AppConfig {
  databaseName: string
  demo: boolean
  demoAccounts?: DemoAccount[]
  /** Whether anybody may make an account; with an invite it can be made in any case. */
  signUp: boolean
  /** Whether the server sends letters. */
  mail: boolean
}

/** An answer of the server that is not success, or that there was no answer (`unreachable`). */
export class ServerError extends Error {
  readonly code: AnswerBody['code'] | 'unreachable'
  readonly next: string
  readonly fields: Record<string, string>

  constructor(answer?: AnswerBody) {
    super(answer?.message ?? 'The server cannot be reached.')
    this.name = 'ServerError'
    this.code = answer?.code ?? 'unreachable'
    this.next = answer?.next ?? 'Check the connection and try again.'
    this.fields = answer?.fields ?? {}
  }
}

/** A network that swallows requests must not keep a person from signing out. */
const LIMIT_MS = 10_000

/** One JSON request to our own server, now. Throws a ServerError for everything but success. */
export async function requestNow<Body>(path: string, init: RequestInit = {}): Promise<Body> {
  const answer = await fetch(path, { signal: AbortSignal.timeout(LIMIT_MS), ...init, headers: { 'accept': 'application/json', ...init.headers } }).catch(() => undefined)
  if (!answer) throw new ServerError()
  const body: unknown = await answer.json().catch(() => undefined)
  if (answer.ok) return body as Body
  const { sentence, next } = ANSWERS.internal
  throw new ServerError(readAnswer(body) ?? { code: 'internal', message: sentence, next })
}

/** The same as a POST of JSON. */
export const postNow = <Body>(path: string, body: object, headers: Record<string, string> = {}) =>
  requestNow<Body>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })

/**
 * The requests about who is here, for those who change that or finish a sign-out: they see to the order themselves, and
 * hold the lock within which it is kept. Everybody else asks by server-api.
 */
export const sessionApi = {
  config: () => requestNow<AppConfig>(CONFIG_PATH),
  /** Whose session this browser has. */
  session: async () => (await requestNow<{ user: Person }>('/api/auth/session')).user,
  signIn: async (email: string, password: string) =>
    (await postNow<{ user: Person }>('/api/auth/sign-in', { email, password })).user,
  /** Ends this person's session; throws `wrong_user` where the browser's is another's by now. */
  signOut: (userId: string) => postNow<object>('/api/auth/sign-out', {}, { [DATABASE_USER_HEADER]: userId }),
}
