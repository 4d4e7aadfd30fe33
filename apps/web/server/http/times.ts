/**
 * How long a stranger may hold a connection. Node's own bounds, which Nitro leaves, let headers come for 60 s and a body
 * for 300, and look once in 30 s.
 */
export const HEADERS_MS = 10_000
/** The last bound of a body; `paceBody` ends a slow one long before. An import of 64 MB on a line of 150 kbit/s takes so long. */
export const REQUEST_MS = 60 * 60 * 1_000
export const LOOK_EVERY_MS = 2_000
/**
 * Of a connection on which nothing moves, either way; at most twice that, because Node looks in this rhythm. What is held
 * for a browser says something more often; moving a great tree says nothing for up to a minute.
 */
export const SILENT_MS = 90_000
