import { setMaxListeners } from 'node:events'

const controller = new AbortController()

/** Aborted when the server is told to stop: held requests are answered at once, so that it can. */
export const closing = controller.signal

// Each held request has one; Node would take them for a leak.
setMaxListeners(0, closing)

/** Tells all held requests to answer now. */
export function beginClosing(): void {
  controller.abort()
}
