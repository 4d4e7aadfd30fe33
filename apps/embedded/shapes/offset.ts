// A place in a shape: which transaction, and which of its changes.
//
//   -1  before everything      0_k  after snapshot page k      0_inf  after the snapshot      <lsn>_<op>  in the log

export interface LogOffset { lsn: number, op: number }

export const BEFORE_ALL: LogOffset = { lsn: -1, op: 0 }
export const SNAPSHOT_END: LogOffset = { lsn: 0, op: Number.POSITIVE_INFINITY }

/** Reads an offset as a client sends it; nothing where it has another form. `now` is not a place and is read by the caller. */
export function parseOffset(text: string): LogOffset | undefined {
  if (text === '-1') return BEFORE_ALL
  const parts = /^(\d{1,16})_(\d{1,16}|inf)$/.exec(text)
  if (!parts) return undefined
  return { lsn: Number(parts[1]), op: parts[2] === 'inf' ? Number.POSITIVE_INFINITY : Number(parts[2]) }
}

export function formatOffset({ lsn, op }: LogOffset): string {
  if (lsn < 0) return '-1'
  return `${lsn}_${op === Number.POSITIVE_INFINITY ? 'inf' : op}`
}

/** Negative, 0 or positive, as `a` lies before, at or after `b`. */
export function compareOffsets(a: LogOffset, b: LogOffset): number {
  if (a.lsn !== b.lsn) return a.lsn - b.lsn
  return a.op === b.op ? 0 : a.op - b.op
}
