/** data_corrupted, index_corrupted, and undefined_file: a file of a table is not there. */
const DAMAGED = new Set(['XX001', 'XX002', '58P01'])

/** Whether an error of the database says that what lies on the disk is damaged: no retry and no reload mends that. */
export const isDamage = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && DAMAGED.has(String(error.code))

/** Whether PostgreSQL itself has come to an end: nothing that is asked of it will be answered. */
export const isCrash = (error: unknown): boolean => error instanceof WebAssembly.RuntimeError
