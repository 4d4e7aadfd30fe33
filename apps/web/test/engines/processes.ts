import { readdirSync, readFileSync } from 'node:fs'
import { processesOf } from '../support/browser'

/**
 * Process ids of the browser of a profile with all their descendants: Firefox and WebKit name the profile in the first of them only.
 * @param known ids that were of it before: a descendant whose parent has died is no longer found by it
 */
export function familyOf(profile: string, known: readonly number[] = []): number[] {
  const parents = parentsNow()
  const family = new Set([...processesOf(profile), ...known].filter(pid => parents.has(pid)))
  for (let before = -1; before !== family.size;) {
    before = family.size
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid)
  }
  return [...family]
}

/** Of each process that runs its parent; one that has ended and is not yet taken note of runs no more. */
function parentsNow(): Map<number, number> {
  const found = new Map<number, number>()
  for (const name of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    try {
      // `12 (a name) S 3 …`: the name may hold anything.
      const [state, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\)\s/s, '').split(' ')
      if (state !== 'Z' && state !== 'X') found.set(Number(name), Number(parent))
    }
    catch {
      // Ended while it was read.
    }
  }
  return found
}
