import type { SQL } from 'drizzle-orm'
import { withUpkeep } from '../db/door'
import { closing } from '../shapes/closing'

/** So many rows at a time: no transaction is long, and nobody waits long for one of them. */
export const SLICE = 1_000

/**
 * Runs a statement that takes at most SLICE rows, each time in a transaction of its own, until it takes fewer. Its rows
 * are chosen with SKIP LOCKED, so that any number of replicas may do it at once. Out: how many rows it took in all. Ends
 * early where the server is told to stop: the rest is for the next time.
 */
export async function inSlices(statement: SQL): Promise<number> {
  for (let taken = 0; ;) {
    if (closing.aborted) return taken
    const { rowCount } = await withUpkeep(tx => tx.execute(statement))
    taken += rowCount ?? 0
    if ((rowCount ?? 0) < SLICE) return taken
  }
}
