import type { H3Event } from 'h3'

/** Aborted when the connection of a request ends before its answer does: what was asked for it elsewhere can stop. */
export function closeSignal(event: H3Event): AbortSignal {
  const { res, req: { socket } } = event.node
  const controller = new AbortController()
  const ended = () => {
    // Node tells the answer whose turn it is; one that waits behind another of its connection hears of it from the socket only.
    socket.off('close', ended)
    if (!res.writableFinished) controller.abort()
  }
  res.once('close', ended)
  socket.once('close', ended)
  return controller.signal
}
