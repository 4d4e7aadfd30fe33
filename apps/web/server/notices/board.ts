import type { Notice } from './notice'

/** A change of somebody's own row is owed to their browsers until it was seen in Electric's answer; after this long it is not waited for. */
const OWED_MS = 30_000

type OwnEntity = Extract<Notice, { entity: string }>['entity']

/** Who a notice is for. */
export type Topic = `user ${string}` | `company ${string}`

interface Owed {
  /** As Electric names a transaction: the low 32 bits. */
  readonly txid: number
  readonly until: number
}

/** Where notices are put up: it wakes who waits for one, and remembers which changes of a person's own rows are still to come. */
export class NoticeBoard {
  readonly #waiting = new Map<Topic, Set<() => void>>()
  readonly #owed = new Map<string, Owed[]>()

  put(notice: Notice): void {
    if ('entity' in notice) this.#owe(key(notice.user, notice.entity), { txid: Number(BigInt.asUintN(32, BigInt(notice.txid))), until: performance.now() + OWED_MS })
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
    const owed = this.#owed.get(key(userId, entity))?.filter(({ until }) => until > performance.now()) ?? []
    if (owed.length === 0) this.#owed.delete(key(userId, entity))
    return owed.length > 0
  }

  /** These transactions were seen in Electric's answer. */
  seen(userId: string, entity: string, txids: ReadonlySet<number>): void {
    const rest = this.#owed.get(key(userId, entity))?.filter(({ txid }) => !txids.has(txid)) ?? []
    if (rest.length > 0) this.#owed.set(key(userId, entity), rest)
    else this.#owed.delete(key(userId, entity))
  }

  #owe(name: string, owed: Owed): void {
    // Whose browsers are all closed has nobody who asks: what is over goes when the next comes.
    for (const [other, list] of this.#owed) {
      if (list.every(({ until }) => until <= performance.now())) this.#owed.delete(other)
      else break
    }
    this.#owed.set(name, [...this.#owed.get(name) ?? [], owed])
  }
}

const key = (userId: string, entity: OwnEntity | string) => `${entity} ${userId}`
