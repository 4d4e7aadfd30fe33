import { electricKeysOf, environment } from '../environment'

/** The one that Electric took last. */
let taken: string | undefined

/**
 * What Electric may take for its secret, in the order to try: two where the operator is changing it (docs/operations.md,
 * Keys), because Electric knows one at a time and takes another only with a restart.
 */
export function electricKeys(): string[] {
  return electricKeysOf(environment()).toSorted((a, b) => Number(b === taken) - Number(a === taken))
}

/** Electric took this one. */
export function keyTaken(key: string): void {
  taken = key
}
