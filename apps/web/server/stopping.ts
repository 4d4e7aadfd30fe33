let stopping = false

/** Whether the server was told to stop: it answers what comes, and whoever sends people here should not any more. */
export const isStopping = (): boolean => stopping

export function beginStopping(): void {
  stopping = true
}
