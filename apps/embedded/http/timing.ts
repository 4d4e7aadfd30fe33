/** How long the server waits for what; tests wait less. */
export interface Timing {
  /** How long a live request is held. */
  longPollMs: number
  /** How long a request waits for an offset that is not there yet. */
  offsetPastEndMs: number
  /** How long a request waits for Postgres to come back. */
  postgresWaitMs: number
  /** How often an event stream says that it is alive, and how long it lasts. */
  sseKeepAliveMs: number
  sseTimeoutMs: number
}
