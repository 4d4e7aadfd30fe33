import { CONFIG_PATH } from '#shared/protocol/sync'
import { owedSessionsFirst } from './finish-sign-outs'
import { requestNow, type AppConfig } from './server-request'

export { ServerError, type AppConfig, type DemoAccount } from './server-request'

/**
 * One JSON request to our own server, after the session of whoever asked to leave has ended there. Throws a ServerError
 * for everything but success, also where that session could not be ended.
 */
export async function request<Body>(path: string, init: RequestInit = {}): Promise<Body> {
  await owedSessionsFirst()
  return requestNow<Body>(path, init)
}

/** The same as a POST of JSON. */
export const post = <Body>(path: string, body: object, headers: Record<string, string> = {}) =>
  request<Body>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })

/** What the server says of itself to everybody. What else a person does with their account is in account-acts. */
export const serverConfig = () => request<AppConfig>(CONFIG_PATH)
