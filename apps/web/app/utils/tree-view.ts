import type { FolderListRow } from '#shared/reads/folders'

/** One visible line of the tree. */
export interface TreeLine {
  readonly id: string
  readonly parentId: string | null
  readonly name: string
  /** 1 at the top. */
  readonly level: number
  readonly hasChildren: boolean
  readonly expanded: boolean
  /** Its place among its siblings, from 1, and how many they are: what a screen reader says. */
  readonly place: number
  readonly siblings: number
}

/**
 * The visible lines of a tree by their number. Nothing is laid out ahead: a list of 20,000 siblings costs what its open
 * folders cost, because lines are made when they are asked for.
 */
export interface TreeView {
  readonly size: number
  /** The line at a place from 0; undefined beyond the ends. */
  readonly at: (index: number) => TreeLine | undefined
  /** The place of a folder's line; -1 where it is not visible. */
  readonly indexOf: (id: string) => number
  /** Ids of the open folders whose line is visible, from the top. */
  readonly opened: readonly string[]
}

type Rows = readonly FolderListRow[]

/** The children of one open folder (or the top) with what is open among them. */
interface Branch {
  readonly rows: Rows
  readonly level: number
  readonly size: number
  /** In their order: the row that is open, the line of it within this branch, and what hangs below it. */
  readonly open: readonly { row: number, line: number, branch: Branch }[]
}

/** Where each id stands in some rows. They come as new arrays when they change, so what was found out about one holds for good. */
export class RowPlaces {
  readonly #known = new WeakMap<Rows, ReadonlyMap<string, number>>()

  of(rows: Rows): ReadonlyMap<string, number> {
    let found = this.#known.get(rows)
    if (!found) {
      found = new Map(rows.map((row, place) => [row.id, place]))
      this.#known.set(rows, found)
    }
    return found
  }
}

/**
 * @param top the rows at the top
 * @param open ids of open folders, visible or not
 * @param childrenOf the rows below an open folder, undefined while they are not here
 * @param places kept by the caller from one view to the next
 */
export function treeView(top: Rows, open: ReadonlySet<string>, childrenOf: (id: string) => Rows | undefined, places = new RowPlaces()): TreeView {
  const opened: string[] = []
  const branchOf = new Map<string, Branch>()
  const above = new Map<Branch, { branch: Branch, line: number }>()

  /** @param seen the folders above: rows of two moments can close a ring */
  function build(rows: Rows, level: number, seen: ReadonlySet<string>): Branch {
    const inner: { row: number, line: number, branch: Branch }[] = []
    let below = 0
    for (const row of openRows(rows, open, places)) {
      const id = rows[row]!.id
      if (seen.has(id)) continue
      opened.push(id)
      const branch = build(childrenOf(id) ?? [], level + 1, new Set(seen).add(id))
      inner.push({ row, line: row + below, branch })
      branchOf.set(id, branch)
      below += branch.size
    }
    const made: Branch = { rows, level, size: rows.length + below, open: inner }
    for (const { line, branch } of inner) above.set(branch, { branch: made, line })
    return made
  }
  const root = build(top, 1, new Set())

  function at(index: number): TreeLine | undefined {
    if (index < 0 || index >= root.size) return undefined
    let branch = root
    let line = index
    for (;;) {
      const last = lastBefore(branch.open, line)
      if (!last) return lineOf(branch, line, false)
      if (last.line === line) return lineOf(branch, last.row, true)
      if (line <= last.line + last.branch.size) {
        line -= last.line + 1
        branch = last.branch
      }
      else {
        return lineOf(branch, last.row + line - last.line - last.branch.size, false)
      }
    }
  }

  function lineInRoot(branch: Branch, row: number): number {
    let line = row
    for (const { row: openRow, branch: inner } of branch.open) {
      if (openRow >= row) break
      line += inner.size
    }
    for (let here = above.get(branch); here; here = above.get(here.branch)) line += here.line + 1
    return line
  }

  return {
    size: root.size,
    at,
    opened,
    indexOf(id) {
      for (const branch of [root, ...branchOf.values()]) {
        const row = places.of(branch.rows).get(id)
        if (row !== undefined) return lineInRoot(branch, row)
      }
      return -1
    },
  }
}

/** Places of the open rows in their order, by the shorter way: through the rows, or through what is open. */
function openRows(rows: Rows, open: ReadonlySet<string>, places: RowPlaces): number[] {
  if (open.size === 0) return []
  const found: number[] = []
  if (rows.length <= open.size) {
    for (const [place, row] of rows.entries()) if (row.has_children && open.has(row.id)) found.push(place)
    return found
  }
  const known = places.of(rows)
  for (const id of open) {
    const place = known.get(id)
    if (place !== undefined && rows[place]!.has_children) found.push(place)
  }
  return found.sort((a, b) => a - b)
}

/** The last open row at or before a line. */
function lastBefore(open: Branch['open'], line: number): Branch['open'][number] | undefined {
  let from = 0
  let to = open.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (open[middle]!.line <= line) from = middle + 1
    else to = middle
  }
  return open[from - 1]
}

function lineOf({ rows, level }: Branch, row: number, expanded: boolean): TreeLine {
  const { id, parent_id, name, has_children } = rows[row]!
  return { id, parentId: parent_id, name, level, hasChildren: has_children, expanded, place: row + 1, siblings: rows.length }
}
