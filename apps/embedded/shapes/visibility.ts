// Which transactions a snapshot has already seen.

/** `pg_current_snapshot()` as text parts (64-bit ids), and the end of the log when it was taken. */
export interface SnapshotBounds { xmin: string, xmax: string, xip: string[], walEnd: number }

/** Reads `xmin:xmax:xip1,xip2`. */
export function parseSnapshot(text: string, walEnd: number): SnapshotBounds {
  const [xmin = '0', xmax = '0', list = ''] = text.split(':')
  return { xmin, xmax, xip: list ? list.split(',') : [], walEnd }
}

/**
 * Whether a committed transaction is part of the snapshot. The log gives the low 32 bits of its id; the epoch is
 * the one that puts it nearest to the snapshot's own ids.
 */
export function isVisible(snapshot: SnapshotBounds, xid: number): boolean {
  const xmax = Number(snapshot.xmax)
  // The difference of the low 32 bits, read as signed, is the distance: ids further apart than that are never live at once.
  const full = xmax + ((xid - (xmax % 2 ** 32)) | 0)
  if (full < Number(snapshot.xmin)) return true
  return full < xmax && !snapshot.xip.includes(String(full))
}
