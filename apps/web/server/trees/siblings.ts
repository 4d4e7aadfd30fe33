import { placeAfter, positionOf } from '../../shared/trees/positions'
import type { ThereRow } from './rows'

/** What hangs under one thing (a folder, or a workspace at its top): children by name, and the next free place. */
interface Siblings { byName: Map<string, string[]>, next: number }

/** The folders that were there before, and the places of those that come. */
export class SiblingIndex {
  readonly #under = new Map<string, Siblings>()

  /** Takes up rows, siblings in their order. */
  add(rows: readonly ThereRow[]): void {
    for (const { id, workspace_id: workspace, parent_id: parent, name, position } of rows) {
      const siblings = this.#of(parent ?? workspace)
      const same = siblings.byName.get(name)
      if (same) same.push(id)
      else siblings.byName.set(name, [id])
      siblings.next = Math.max(siblings.next, placeAfter(position))
    }
  }

  /** The nth living folder of a name that was there before. */
  find(above: string, name: string, nth: number): string | undefined {
    return this.#under.get(above)?.byName.get(name)?.[nth - 1]
  }

  /** The place after all that is there and all that was given. */
  nextPosition(above: string): string {
    return positionOf(this.#of(above).next++)
  }

  #of(above: string): Siblings {
    let siblings = this.#under.get(above)
    if (!siblings) {
      siblings = { byName: new Map(), next: 0 }
      this.#under.set(above, siblings)
    }
    return siblings
  }
}
