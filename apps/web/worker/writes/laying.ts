import { chainsOf } from '#shared/journal/chains'
import type { JournalEntry } from '#shared/journal/entry'
import { isShown } from '#shared/journal/states'
import { UnknownEdit } from './effects'
import type { LaidEdit, Overlay } from './overlay'
import { PATIENCE_MS, seenEntries, type Horizon } from './seen'

/** So many edits are laid in one transaction: other queries wait for it. */
const AT_A_TIME = 100

/** Keeps what lies over the rows equal to what is to be shown of the journal. */
export class Laying {
  readonly #overlay: Overlay
  readonly #horizon: Horizon
  /** Edits that lie over the rows. */
  readonly #laid: Set<string>
  /** Edits that this version of the app does not know. */
  readonly #unknown = new Set<string>()
  /** Places that the journal has given to edits, and that are not noted beside the rows yet. */
  readonly #placed = new Map<string, number>()
  /** Since when this leader waits for the rows of edits that are applied (ms of `performance.now`). */
  readonly #appliedAt = new Map<string, number>()

  private constructor(overlay: Overlay, horizon: Horizon, laid: Set<string>) {
    this.#overlay = overlay
    this.#horizon = horizon
    this.#laid = laid
  }

  /** @param entries the journal's: one that was laid before it had its place may have kept none */
  static async over(overlay: Overlay, horizon: Horizon, entries: readonly JournalEntry[]): Promise<Laying> {
    const laying = new Laying(overlay, horizon, await overlay.laid())
    for (const { mutation: { id }, seq } of entries) if (laying.#laid.has(id)) laying.place(id, seq)
    return laying
  }

  get isEmpty(): boolean {
    return this.#laid.size === 0
  }

  /** Where an edit that was laid before it was noted stands among the others. */
  place(id: string, seq: number): void {
    this.#placed.set(id, seq)
  }

  /**
   * Lays what is to be shown and does not lie there yet, and takes off what is not. Out: the tables in which rows changed.
   * @param noting edits that no journal has yet
   */
  async settle(entries: readonly JournalEntry[], noting: readonly LaidEdit[]): Promise<Set<string>> {
    const tables = new Set<string>()
    if (!this.#horizon.isKnown()) return tables
    const held = new Map<string | undefined, boolean>()
    const isHeld = (company: string | undefined) => {
      const known = held.get(company) ?? this.#horizon.holds(company)
      held.set(company, known)
      return known
    }
    const edits = [...shown(entries), ...noting].filter(({ mutation }) => isHeld(mutation.company))
    const wanted = new Set(edits.map(({ mutation }) => mutation.id))
    const off = [...this.#laid].filter(id => !wanted.has(id))
    for (const table of await this.#overlay.unlay(off)) tables.add(table)
    for (const id of off) this.#laid.delete(id)
    // Before anything comes over them: one whose session was ended before it had its place would stand above all.
    const placed = [...this.#placed].filter(([id]) => this.#laid.has(id))
    for (const table of await this.#overlay.place(placed.map(([id, place]) => ({ id, place })))) tables.add(table)
    for (const [id] of placed) this.#placed.delete(id)
    const due = edits.filter(({ mutation: { id } }) => !this.#laid.has(id) && !this.#unknown.has(id))
    for (let first = 0; first < due.length; first += AT_A_TIME) {
      for (const table of await this.#lay(due.slice(first, first + AT_A_TIME))) tables.add(table)
    }
    return tables
  }

  /**
   * The keys of applied edits whose rows have come. Not before all are laid: what was sent before the database was open
   * is shown until then. `after`: in how many ms it is worth to ask again, where edits wait for rows.
   */
  async seen(entries: readonly JournalEntry[]): Promise<{ ids: string[], after: number | undefined }> {
    if (!this.#horizon.isKnown()) return { ids: [], after: undefined }
    const now = performance.now()
    const applied = new Set(entries.filter(({ state }) => state === 'applied').map(({ mutation }) => mutation.id))
    for (const id of this.#appliedAt.keys()) if (!applied.has(id)) this.#appliedAt.delete(id)
    for (const id of applied) if (!this.#appliedAt.has(id)) this.#appliedAt.set(id, now)
    const ids = await seenEntries(entries, this.#laid, this.#overlay, this.#horizon, id => now - (this.#appliedAt.get(id) ?? now))
    return { ids, after: applied.size > ids.length ? PATIENCE_MS / 3 : undefined }
  }

  /** One that cannot be laid does not keep the others from it. */
  async #lay(edits: readonly LaidEdit[]): Promise<string[]> {
    try {
      const tables = await this.#overlay.lay(edits)
      for (const { mutation } of edits) this.#laid.add(mutation.id)
      return tables
    }
    catch (error) {
      const [only, ...others] = edits
      if (only && others.length === 0) {
        // It is sent all the same: the server knows the mutations of more than one version. What failed for want of room is tried again.
        console.warn('An unsent edit cannot be shown:', error)
        if (error instanceof UnknownEdit) this.#unknown.add(only.mutation.id)
        return []
      }
      const tables: string[] = []
      for (const edit of edits) tables.push(...await this.#lay([edit]))
      return tables
    }
  }
}

/** What hangs on an edit that was decided against goes off the screen with it: both are in the list of changes. */
function shown(entries: readonly JournalEntry[]): LaidEdit[] {
  const isAgainst = entries.some(({ state }) => state === 'conflict' || state === 'refused')
  const held = isAgainst ? chainsOf(entries).held : new Map<string, string>()
  return entries.filter(({ state, mutation }) => isShown(state) && !held.has(mutation.id))
    .map(({ mutation, at, seq }) => ({ mutation, at, place: seq }))
}
