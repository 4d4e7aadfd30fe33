import type { H3Event } from 'h3'

/** Aborted when the connection of a request ends before its answer does: what was asked for it elsewhere can stop. */
export function closeSignal(event: H3Event): AbortSignal {
  const { res } = event.node
  const controller = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) controller.abort()
  })
  return controller.signal
}
