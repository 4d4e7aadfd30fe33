import type { TreeView } from './tree-view'

/** What a key does in the tree. */
export type TreeAct
  = { kind: 'focus', index: number }
    | { kind: 'expand', ids: string[] }
    | { kind: 'collapse', id: string }
    | { kind: 'choose', id: string }
    | { kind: 'rename', id: string }
    | { kind: 'remove', id: string }

export interface TreeKey {
  key: string
  /** Lines on the screen, for PageUp and PageDown. */
  page: number
  /** Whether names can be changed and folders removed here. */
  editable: boolean
}

/** Each open folder is read live: one press of `*` opens no more than this many. */
export const EXPAND_AT_ONCE = 50

/**
 * The keyboard of the ARIA tree pattern: what a key means on a line, or undefined where it means nothing here.
 * Letters are not among it: they need to remember what was typed before (see `typeAhead`).
 */
export function treeKey(view: TreeView, index: number, { key, page, editable }: TreeKey): TreeAct | undefined {
  const line = view.at(index)
  if (!line) return undefined
  const to = (place: number): TreeAct => ({ kind: 'focus', index: Math.min(Math.max(place, 0), view.size - 1) })
  switch (key) {
    case 'ArrowDown': return to(index + 1)
    case 'ArrowUp': return to(index - 1)
    case 'PageDown': return to(index + page)
    case 'PageUp': return to(index - page)
    case 'Home': return to(0)
    case 'End': return to(view.size - 1)
    case 'ArrowRight':
      if (!line.hasChildren) return undefined
      if (!line.expanded) return { kind: 'expand', ids: [line.id] }
      return view.at(index + 1)?.parentId === line.id ? to(index + 1) : undefined
    case 'ArrowLeft':
      if (line.expanded) return { kind: 'collapse', id: line.id }
      return line.parentId && line.level > 1 ? to(view.indexOf(line.parentId)) : undefined
    case 'Enter':
    case ' ': return { kind: 'choose', id: line.id }
    case '*': return { kind: 'expand', ids: closedSiblings(view, index) }
    case 'F2': return editable ? { kind: 'rename', id: line.id } : undefined
    case 'Delete': return editable ? { kind: 'remove', id: line.id } : undefined
    default: return undefined
  }
}

/** Closed folders with children beside a line, from its first sibling on. */
function closedSiblings(view: TreeView, index: number): string[] {
  const here = view.at(index)
  if (!here) return []
  const ids: string[] = []
  let first = index
  for (let at = index - 1; at >= 0; at--) {
    const line = view.at(at)!
    if (line.level < here.level) break
    if (line.level === here.level) first = at
    if (line.level === here.level && line.place === 1) break
  }
  for (let at = first; at < view.size && ids.length < EXPAND_AT_ONCE; at++) {
    const line = view.at(at)!
    if (line.level < here.level) break
    if (line.level === here.level && line.hasChildren && !line.expanded) ids.push(line.id)
  }
  return ids
}

/** The next line after one, round the end, whose name begins with what was typed; one letter moves on from the line itself. */
export function typeAhead(view: TreeView, index: number, typed: string): number {
  const wanted = typed.toLocaleLowerCase()
  // Somebody who types a second letter refines what the first found; the same letter again asks for the next one.
  const begin = wanted.length > 1 ? index : index + 1
  for (let step = 0; step < view.size; step++) {
    const at = (begin + step) % view.size
    if (view.at(at)?.name.toLocaleLowerCase().startsWith(wanted)) return at
  }
  return -1
}
