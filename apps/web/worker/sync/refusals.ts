import type { Membership } from './wanted'

const FIRST_MS = 2_000
const LONGEST_MS = 5 * 60_000

interface Refused {
  readonly membership: string
  readonly times: number
  readonly timer: ReturnType<typeof setTimeout>
  isDue: boolean
}

/**
 * What the server has refused although the membership here says otherwise, by company or shape key.
 *
 * A refusal speaks of one membership at one version: another row, or a change of it, is another matter. Nor is it for
 * ever: the answer may be older than the membership (someone who ended and came back), and a deleted company can be
 * restored without any change of the membership. So it is asked again, after waits that double up to five minutes.
 */
export class Refusals {
  readonly #refused = new Map<string, Refused>()
  readonly #onDue: () => void

  constructor(onDue: () => void) {
    this.#onDue = onDue
  }

  add(what: string, membership: Membership | undefined): void {
    // Each shape of a company brings the same answer: that is one refusal.
    if (this.has(what, membership)) return
    const before = this.#refused.get(what)
    clearTimeout(before?.timer)
    const identity = identityOf(membership)
    const times = before?.membership === identity ? before.times + 1 : 1
    const timer = setTimeout(() => {
      refused.isDue = true
      this.#onDue()
    }, Math.min(LONGEST_MS, FIRST_MS * 2 ** (times - 1)))
    const refused: Refused = { membership: identity, times, timer, isDue: false }
    this.#refused.set(what, refused)
  }

  /** Whether it is refused now and not to be asked for. */
  has(what: string, membership: Membership | undefined): boolean {
    const refused = this.#refused.get(what)
    return refused !== undefined && !refused.isDue && refused.membership === identityOf(membership)
  }

  /** Everything may be asked for again. */
  clear(): void {
    for (const { timer } of this.#refused.values()) clearTimeout(timer)
    this.#refused.clear()
  }
}

// The version alone would not do: who is made a member again has a new row, whose version is 1 as the old one's was.
const identityOf = (membership: Membership | undefined) => membership ? `${membership.id}:${membership.row_version}` : ''
