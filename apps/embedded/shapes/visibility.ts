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
  const xmax = BigInt(snapshot.xmax)
  const full = nearest(BigInt(xid), xmax)
  if (full < BigInt(snapshot.xmin)) return true
  return full < xmax && !snapshot.xip.includes(full.toString())
}

function nearest(low: bigint, around: bigint): bigint {
  const epoch = 1n << 32n
  const candidate = (around - (around % epoch)) + low
  const options = [candidate - epoch, candidate, candidate + epoch].filter(each => each >= 0n)
  return options.reduce((best, each) => (distance(each, around) < distance(best, around) ? each : best), candidate)
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a
}
