/** After so long a commit that no viewer was told of is no longer waited for: most likely nobody watches that company here. */
const WAITED_FOR_MS = 60_000
/** Room for more than a busy process commits in that time. */
const AT_MOST = 20_000
/** How far into a batch is looked: its first rows are of the oldest commits, and bodies can be 10 MB long. */
const LOOKED_AT = 64 * 1024

/** When this process learned that a transaction was committed, by its number (the low 32 bits, as Electric sends them). */
const waiting = new Map<number, number>()

/** Notes that a mutation of this process has been committed just now. */
export function committed(txid: number): void {
  forget()
  waiting.delete(txid)
  waiting.set(txid, performance.now())
}

/** Out: when those of a batch's transactions were committed that this process waits for; it waits for them no more. */
export function commitsIn(body: string): number[] {
  forget()
  if (waiting.size === 0) return []
  const found: number[] = []
  for (const [, list = ''] of body.slice(0, LOOKED_AT).matchAll(/"txids":\[([\d,]*)\]/g)) {
    for (const txid of list.split(',').map(Number)) {
      const at = waiting.get(txid)
      if (at === undefined) continue
      waiting.delete(txid)
      found.push(at)
    }
  }
  return found
}

function forget(): void {
  const before = performance.now() - WAITED_FOR_MS
  // In the order in which they came: the first that is young ends the walk.
  for (const [txid, at] of waiting) {
    if (at >= before && waiting.size < AT_MOST) return
    waiting.delete(txid)
  }
}
