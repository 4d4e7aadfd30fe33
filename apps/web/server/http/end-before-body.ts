import type { IncomingMessage, ServerResponse } from 'node:http'

/** So long the rest of a body is read and thrown away. */
const LINGER_MS = 2_000

/**
 * Answers a request whose body is still coming, and closes its connection. The answer goes out whole at once; the end
 * waits for the rest of the body, but not for long: a connection that is closed with bytes unread is reset, and the
 * reset would overtake the answer.
 */
export function endBeforeBody(req: IncomingMessage, res: ServerResponse, text: string): void {
  res.setHeader('connection', 'close')
  res.setHeader('content-length', Buffer.byteLength(text))
  res.write(text)
  const end = () => {
    clearTimeout(patience)
    res.end()
  }
  const patience = setTimeout(end, LINGER_MS)
  req.once('end', end)
  res.once('close', end)
  req.resume()
}
