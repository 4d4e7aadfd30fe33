import type { Notice } from './notice'

/** A change of somebody's own row is owed to their browsers until it was seen in Electric's answer; after this long it is not waited for. */
const OWED_MS = 30_000

/** Who a notice is for. */
export type Topic = `user ${string}` | `company ${string}`

interface Transaction {
  /** As Electric names it: the low 32 bits. */
  readonly txid: number
  readonly until: number
}

/** Where notices are put up: it wakes who waits for one, and remembers which changes of a person's own rows are still to come. */
export class NoticeBoard {
  readonly #waiting = new Map<Topic, Set<() => void>>()
  readonly #owed = new Map<string, Transaction[]>()
  /** What Electric has shown lately: it may be quicker than the notice, and what was seen is not owed. */
  readonly #shown = new Map<string, Transaction[]>()

  put(notice: Notice): void {
    if ('entity' in notice) this.#owe(key(notice.user, notice.entity), Number(BigInt.asUintN(32, BigInt(notice.txid))))
    const topic: Topic = 'company' in notice ? `company ${notice.company}` : `user ${notice.user}`
    for (const ring of [...this.#waiting.get(topic) ?? []]) ring()
  }

  /** Wakes everybody: something may have been missed. */
  ringAll(): void {
    for (const rings of [...this.#waiting.values()]) for (const ring of [...rings]) ring()
  }

  /** Calls `ring` at each notice for one of these. Returns how to hear no more. */
  wait(topics: readonly Topic[], ring: () => void): () => void {
    for (const topic of topics) {
      const rings = this.#waiting.get(topic) ?? new Set()
      this.#waiting.set(topic, rings.add(ring))
    }
    return () => {
      for (const topic of topics) {
        const rings = this.#waiting.get(topic)
        rings?.delete(ring)
        if (rings?.size === 0) this.#waiting.delete(topic)
      }
    }
  }

  /** Whether a change of a person's own row was told of that Electric has not shown yet. */
  isOwed(userId: string, entity: string): boolean {
    return living(this.#owed, key(userId, entity)).length > 0
  }

  /** These transactions were seen in Electric's answer. */
  seen(userId: string, entity: string, txids: ReadonlySet<number>): void {
    const name = key(userId, entity)
    keep(this.#owed, name, living(this.#owed, name).filter(({ txid }) => !txids.has(txid)))
    keep(this.#shown, name, [...living(this.#shown, name), ...[...txids].map(soon)])
  }

  #owe(name: string, txid: number): void {
    if (living(this.#shown, name).some(shown => shown.txid === txid)) return
    keep(this.#owed, name, [...living(this.#owed, name), soon(txid)])
  }
}

const key = (userId: string, entity: string) => `${entity} ${userId}`

const soon = (txid: number): Transaction => ({ txid, until: performance.now() + OWED_MS })

/** Those whose time is not over. */
const living = (map: ReadonlyMap<string, Transaction[]>, name: string) => map.get(name)?.filter(({ until }) => until > performance.now()) ?? []

/** Keeps a list under a name, as the last; the first ones whose time is over go, because nobody may ask for them any more. */
function keep(map: Map<string, Transaction[]>, name: string, list: Transaction[]): void {
  map.delete(name)
  if (list.length > 0) map.set(name, list)
  for (const first of map.keys()) {
    if (living(map, first).length > 0) return
    map.delete(first)
  }
}
