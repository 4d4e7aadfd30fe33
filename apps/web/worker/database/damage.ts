/** data_corrupted, index_corrupted, and undefined_file: a file of a table is not there. */
const DAMAGED = new Set(['XX001', 'XX002', '58P01'])

/** Whether an error of the database says that what lies on the disk is damaged: no retry and no reload mends that. */
export const isDamage = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && DAMAGED.has(String(error.code))

/** Whether PostgreSQL itself has come to an end: nothing that is asked of it will be answered. */
export const isCrash = (error: unknown): boolean => error instanceof WebAssembly.RuntimeError

/** invalid_cursor_state */
const STUCK = '24000'

/**
 * Whether the session may stand in the middle of a statement for good. A write for which the browser has no room is
 * thrown past PostgreSQL's own handling of errors; from then on it answers everything with this one (measured: "cannot
 * drop active portal"). A tool that plays with cursors can get it too, so whoever asks must look whether it stays.
 */
export const isStuck = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === STUCK
