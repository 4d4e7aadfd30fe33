import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerBody, ANSWERS } from '../../shared/protocol/answers'
import { SECURITY_HEADERS } from './headers'

/** A body may take so long, and a second more for each so many bytes that have come: 64 kbit/s is enough for any. */
const START_MS = 10_000
const BYTES_A_SECOND = 8 * 1024
const LOOK_EVERY_MS = 1_000

/**
 * Ends a request whose body drips: it holds a connection, and where a route reads it, that too. What has come but was not
 * read yet is the server's own delay and counts for nobody. Answers 408 where nothing was answered yet.
 */
export function paceBody(req: IncomingMessage, res: ServerResponse): void {
  const { socket } = req
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0
  if (!hasBody) return
  const [began, bytesBefore] = [performance.now(), socket.bytesRead]
  const timer = setInterval(() => {
    if (req.complete || socket.destroyed) return stop()
    if (req.readableLength > 0) return
    const allowed = START_MS + (socket.bytesRead - bytesBefore) / BYTES_A_SECOND * 1_000
    if (performance.now() - began < allowed) return
    stop()
    if (res.headersSent) socket.destroy()
    else answerTooSlow(res)
  }, LOOK_EVERY_MS)
  // A server that stops does not wait for it.
  timer.unref()
  const stop = () => clearInterval(timer)
  req.once('end', stop)
  req.once('close', stop)
}

function answerTooSlow(res: ServerResponse): void {
  const { socket } = res
  res.writeHead(ANSWERS.request_too_slow.status, { ...SECURITY_HEADERS, 'content-type': 'application/json; charset=utf-8', 'cache-control': 'private, no-store', 'connection': 'close' })
  // Whoever still sends would keep it open.
  res.end(JSON.stringify(answerBody('request_too_slow')), () => socket?.destroy())
}
