import type { PGlite } from '@electric-sql/pglite'
import type { NextDatabase } from './compaction'
import type { Generations, Survey } from './generations'
import { untilAborted } from './until-aborted'
import type { Store } from './stores'
import { takeOver } from './take-over'

/** A database that takes longer than this to be copied is fetched again instead. */
const LIMIT_MS = 20_000

export interface UpgradeOptions {
  openBeside: (store: Store) => Promise<NextDatabase>
  /** Opens a database that is there without making anything in it; throws where a tab of another version has it open. */
  openAsIs: (store: Store) => Promise<PGlite>
}

/**
 * Where this schema version has no database here and another one has, fills the first generation from that. Atomic by the
 * record of generations: what a kill cuts off is deleted, and begun anew.
 * @returns the number of that generation; undefined where there was nothing to take over
 * @throws where it could not be done; then there is no database of this version, and an empty one is made
 */
export async function upgrade(generations: Generations, { exists, otherVersions, number }: Survey, options: UpgradeOptions): Promise<number | undefined> {
  const other = exists ? undefined : await generations.readable(otherVersions)
  if (!other) return undefined
  const signal = AbortSignal.timeout(LIMIT_MS)
  // Not the current number: a kill in the middle must not leave half a database under it.
  await untilAborted(signal, copy(generations, number + 1, other, options, signal))
  return number + 1
}

async function copy(generations: Generations, number: number, other: Store, { openBeside, openAsIs }: UpgradeOptions, signal: AbortSignal): Promise<void> {
  const from = await openAsIs(other)
  try {
    const next = await openBeside({ kind: other.kind, name: generations.nameOf(number) })
    let filled = next.pg
    try {
      await takeOver(from, next.pg, signal)
      filled = await next.settle()
      signal.throwIfAborted()
    }
    finally {
      // It is opened like any other from here on.
      await filled.close()
    }
    await generations.commit(number, [])
  }
  finally {
    await from.close().catch(() => undefined)
  }
}
