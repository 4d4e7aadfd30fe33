// One HTTP request whose answer is seen as it comes over the wire.
import http from 'node:http'
import type { Answer } from './trace.ts'

export interface Sent {
  url: URL
  method: string
  headers: Record<string, string>
  body?: string
  /** Ends an answer that never ends by itself, once its body satisfies this. */
  enough?: (body: string) => boolean
}

/** One that is given holds a request as long as it was recorded: 20 s. */
const TIMEOUT_MS = process.env.TESTS_ON_GIVEN_SERVERS === '1' ? 60_000 : 20_000

/** Sends a request on a connection of its own and resolves with status, headers as sent, and body. */
export async function send({ url, method, headers, body, enough }: Sent): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false }, (response) => {
      let text = ''
      const finish = (): void => {
        clearTimeout(timer)
        resolve({ status: response.statusCode ?? 0, headers: flat(response.headers), body: text })
        request.destroy()
      }
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (enough?.(text)) finish()
      })
      response.on('end', finish)
      response.on('error', () => {})
    })
    const timer = setTimeout(() => {
      reject(new Error(`no whole answer to ${method} ${url.pathname}${url.search} within ${TIMEOUT_MS} ms`))
      request.destroy()
    }, TIMEOUT_MS)
    request.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    request.end(body)
  })
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
