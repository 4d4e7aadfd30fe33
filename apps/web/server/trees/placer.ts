import { placeAfter, positionOf } from '../../shared/trees/positions'
import type { ImportReport } from '../../shared/trees/progress'
import type { LineRefusal } from '../../shared/trees/refusals'
import { addRefusals } from '../../shared/trees/survey'
import { TOP, type TreeEntry, type TreeWorkspace } from '../../shared/trees/tree'
import type { Transaction } from '../db/door'
import { lockTrees } from '../mutations/tree-locks'
import { keyOf, nextKey } from './keys'
import { findLiving, findTaken, findWorkspaces, insertFolders, insertWorkspaces, lastPosition, readFolders, type FolderRow, type WorkspaceRow } from './rows'
import { SiblingIndex } from './siblings'

const NAMED_PLACES = 5

/** A workspace or folder of the file: the row that it is, and the key that those under it derive theirs from. */
interface Placed { id: string, key: string }

/**
 * Puts the folders of a file into a company, one batch of entries a transaction. A folder that is there already, living,
 * under the same names, is that folder; every other one is made, behind its siblings. What failed in the middle of a
 * batch leaves this object behind its database: it is not used again.
 */
export class TreePlacer {
  readonly report: ImportReport = { workspaces: { made: 0, existed: 0 }, folders: { made: 0, existed: 0 }, refused: { total: 0, lines: [] }, places: [] }
  readonly #company: string
  readonly #workspaces: Placed[] = []
  readonly #folders: (Placed | undefined)[] = []
  readonly #there = new SiblingIndex()
  #nextWorkspace: number | undefined

  constructor(company: string) {
    this.#company = company
  }

  /** Out: what the batch did, to be added with `settle` when its transaction has committed. */
  async place(tx: Transaction, workspaces: readonly TreeWorkspace[], entries: readonly TreeEntry[]): Promise<ImportReport> {
    const made = await this.#placeWorkspaces(tx, workspaces.slice(this.#workspaces.length))
    const ids = [...new Set(entries.map(entry => this.#workspaces[entry.workspace]?.id ?? ''))]
    const locked = await lockTrees(tx, this.#company, [...new Set([...ids, ...made.found])], 'share')
    const living = new Set([...locked.values()].filter(workspace => !workspace.is_deleted).map(workspace => workspace.id))
    if (made.found.length > 0) this.#there.add(await readFolders(tx, this.#company, made.found))
    return { ...made.report, ...await this.#placeFolders(tx, entries, living) }
  }

  /** Counts a batch that is in the database for good. */
  settle({ workspaces, folders, refused, places }: ImportReport): void {
    for (const kind of ['made', 'existed'] as const) {
      this.report.workspaces[kind] += workspaces[kind]
      this.report.folders[kind] += folders[kind]
    }
    this.refuse(refused.lines, refused.total - refused.lines.length)
    this.report.places.push(...places.slice(0, NAMED_PLACES - this.report.places.length))
  }

  refuse(lines: readonly LineRefusal[], unnamed = 0): void {
    addRefusals(this.report.refused, lines)
    this.report.refused.total += unnamed
  }

  async #placeWorkspaces(tx: Transaction, workspaces: readonly TreeWorkspace[]) {
    const there = new Map<string, string>()
    if (workspaces.length > 0) {
      for (const { id, name } of await findWorkspaces(tx, this.#company, workspaces.map(({ name }) => name))) {
        if (!there.has(name)) there.set(name, id)
      }
    }
    const fresh = workspaces.filter(({ name }) => !there.has(name))
    const keys = fresh.map(({ name }) => keyOf(this.#company, name))
    const free = await freeKeys(tx, 'workspaces', [...(await findTaken(tx, 'workspaces', keys)).keys()])
    const rows: WorkspaceRow[] = []
    for (const [i, { name, description }] of fresh.entries()) {
      const key = keys[i] ?? ''
      rows.push({ id: free.get(key) ?? key, name, description, position: await this.#workspacePosition(tx) })
    }
    await insertWorkspaces(tx, this.#company, rows)
    const byName = new Map([...there, ...rows.map(({ name, id }) => [name, id] as const)])
    const placed = workspaces.map(({ name }) => ({ id: byName.get(name) ?? '', name }))
    this.#workspaces.push(...placed.map(({ id, name }) => ({ id, key: keyOf(this.#company, name) })))
    return { found: [...there.values()], report: { workspaces: { made: rows.length, existed: there.size }, places: placed } }
  }

  async #workspacePosition(tx: Transaction): Promise<string> {
    if (this.#nextWorkspace === undefined) {
      const last = await lastPosition(tx, this.#company)
      this.#nextWorkspace = last === undefined ? 0 : placeAfter(last)
    }
    return positionOf(this.#nextWorkspace++)
  }

  async #placeFolders(tx: Transaction, entries: readonly TreeEntry[], workspaces: ReadonlySet<string>) {
    // The parents of earlier batches: between two transactions anybody may have moved or deleted them.
    const first = entries[0]?.node ?? 0
    const earlier = [...new Set(entries.filter(({ parent }) => parent !== TOP && parent < first).map(({ parent }) => this.#folders[parent]?.id))]
    const living = earlier.length > 0 ? await findLiving(tx, this.#company, earlier.filter(id => id !== undefined)) : new Map<string, string>()
    const keys = this.#keysOf(entries)
    const taken = await findTaken(tx, 'folders', keys)
    const free = await freeKeys(tx, 'folders', keys.filter(key => taken.has(key)))
    const rows: FolderRow[] = []
    const refused: LineRefusal[] = []
    let existed = 0
    for (const [i, { line, workspace, node, parent, name, description, nth }] of entries.entries()) {
      const space = this.#workspaces[workspace]
      const above = parent === TOP ? undefined : this.#folders[parent]
      const isThere = space && workspaces.has(space.id) && (parent === TOP || (above && (parent >= first || living.get(above.id) === space.id)))
      if (!isThere) {
        this.#folders[node] = undefined
        refused.push({ line, code: 'parent_gone' })
        continue
      }
      const key = keys[i] ?? ''
      const holder = taken.get(key)
      // Made by an import that runs beside this one, after this one had looked.
      const isSame = holder && !holder.is_deleted && holder.workspace_id === space.id && holder.parent_id === (above?.id ?? null) && holder.name === name
      const found = this.#there.find(above?.id ?? space.id, name, nth) ?? (isSame ? key : undefined)
      const id = found ?? free.get(key) ?? key
      this.#folders[node] = { id, key }
      if (found !== undefined) existed++
      else rows.push({ id, workspace_id: space.id, parent_id: above?.id ?? null, name, description, position: this.#there.nextPosition(above?.id ?? space.id) })
    }
    await insertFolders(tx, this.#company, rows)
    return { folders: { made: rows.length, existed }, refused: { total: refused.length, lines: refused } }
  }

  /** The key that each folder of a batch asks for first; one under a refused folder asks for none that matters. */
  #keysOf(entries: readonly TreeEntry[]): string[] {
    const keys = new Map<number, string>()
    return entries.map(({ workspace, node, parent, name, nth }) => {
      const above = parent === TOP ? this.#workspaces[workspace]?.key : keys.get(parent) ?? this.#folders[parent]?.key
      const key = keyOf(above ?? this.#company, name, nth)
      keys.set(node, key)
      return key
    })
  }
}

/** The first key after each taken one that no row has. */
async function freeKeys(tx: Transaction, table: 'workspaces' | 'folders', takenKeys: readonly string[]): Promise<Map<string, string>> {
  const free = new Map(takenKeys.map(key => [key, nextKey(key)]))
  for (let pending = [...takenKeys]; pending.length > 0;) {
    const taken = await findTaken(tx, table, pending.map(key => free.get(key) ?? ''))
    pending = pending.filter(key => taken.has(free.get(key) ?? ''))
    for (const key of pending) free.set(key, nextKey(free.get(key) ?? ''))
  }
  return free
}
