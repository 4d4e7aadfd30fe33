import { JSON_END, jsonFolder, jsonStart } from './json'
import type { TreeWorkspace } from './tree'
import { fitsTsvColumn, fitsTsv, tsvLine } from './tsv'

export interface ExportRow { id: string, parent_id: string | null, name: string, description: string, position: string }

/** A folder in the order of a walk through the tree: parents before children, siblings in their order. */
interface Walked { row: ExportRow, path: string[], parent: number | undefined }

/** Thrown where a tree cannot be said in lines of TSV; JSON can say all of it. `names` are the first of them. */
export class NotTsvError extends Error {
  readonly count: number
  readonly names: string[]

  constructor(names: readonly string[]) {
    super('These folders cannot be written as TSV.')
    this.name = 'NotTsvError'
    this.count = names.length
    this.names = names.slice(0, 5)
  }
}

/**
 * A workspace as lines of `workspace TAB folder/path`. Throws NotTsvError where a name holds what the format has no way
 * to say (a slash, a tab, a line's end), or siblings have the same name.
 */
export function exportTsv(workspace: TreeWorkspace, rows: readonly ExportRow[]): string[] {
  const walked = walk(rows)
  const problems = walked.filter(({ row }) => !fitsTsv(row.name)).map(({ row }) => row.name)
  if (!fitsTsvColumn(workspace.name)) problems.push(workspace.name)
  const seen = new Set<string>()
  const lines = walked.map(({ path }) => tsvLine(workspace.name, path))
  for (const [i, line] of lines.entries()) {
    if (seen.has(line)) problems.push(walked[i]?.row.name ?? '')
    seen.add(line)
  }
  if (problems.length > 0) throw new NotTsvError(problems)
  return lines
}

/** A workspace as the JSON that an import takes, with everything that the tree holds. */
export function exportJson(workspace: TreeWorkspace, rows: readonly ExportRow[]): string[] {
  return [jsonStart(workspace), ...walk(rows).map(({ row, parent }, place) => jsonFolder(place, row.name, parent, row.description)), JSON_END]
}

/** Folders that hang on none that is here are not on any page either, and are left out. */
function walk(rows: readonly ExportRow[]): Walked[] {
  const under = new Map<string | null, ExportRow[]>()
  for (const row of rows) {
    const siblings = under.get(row.parent_id)
    if (siblings) siblings.push(row)
    else under.set(row.parent_id, [row])
  }
  for (const siblings of under.values()) siblings.sort(compareSiblings)
  const walked: Walked[] = []
  // Without recursion: nobody knows how deep a tree of rows is.
  const open: Walked[] = []
  const push = (parentId: string | null, path: string[], parent: number | undefined) => {
    for (const row of under.get(parentId)?.toReversed() ?? []) open.push({ row, path: [...path, row.name], parent })
  }
  push(null, [], undefined)
  for (let next = open.pop(); next; next = open.pop()) {
    const place = walked.push(next) - 1
    push(next.row.id, next.path, place)
  }
  return walked
}

/** The order of the tree's own reads: by position, then as people look a name up, by bytes. */
function compareSiblings(a: ExportRow, b: ExportRow): number {
  return compareBytes(a.position, b.position) || compareBytes(small(a.name), small(b.name)) || compareBytes(a.name, b.name) || compareBytes(a.id, b.id)
}

/** As lower() in the C collation: the letters of ASCII only. */
const small = (text: string) => text.replaceAll(/[A-Z]/g, letter => letter.toLowerCase())

/** As UTF-8 sorts: code units of JavaScript would put what is beyond the basic plane before its end. */
function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at++
  if (at > 0 && /[\uDC00-\uDFFF]/.test(a[at] ?? b[at] ?? '')) at--
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1)
}
