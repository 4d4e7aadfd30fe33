import { NAMED_REFUSALS } from './limits'
import { readTree, type TreeFile, type TreePart } from './read'
import { TreeFileError, type LineRefusal } from './refusals'

/** Refused lines: the first of them by number, and how many there are. */
export interface Refused { total: number, lines: LineRefusal[] }

export interface Survey {
  lines: number
  folders: number
  workspaces: number
  refused: Refused
}

/** Adds refused lines to a list that stays short. */
export function addRefusals(refused: Refused, more: readonly LineRefusal[]): void {
  refused.total += more.length
  refused.lines.push(...more.slice(0, NAMED_REFUSALS - refused.lines.length))
}

/**
 * Reads a file through to its end before anything of it is taken: only then it is known whether it is refused whole.
 * `seen` is told of every part. Throws TreeFileError.
 */
export async function surveyTree(file: TreeFile, seen?: (part: TreePart) => Promise<void> | void): Promise<Survey> {
  const survey: Survey = { lines: 0, folders: 0, workspaces: 0, refused: { total: 0, lines: [] } }
  for await (const part of readTree(file)) {
    survey.lines = part.lines
    survey.folders += part.entries.length
    survey.workspaces = part.workspaces.length
    addRefusals(survey.refused, part.refusals)
    await seen?.(part)
  }
  if (survey.workspaces === 0) throw new TreeFileError(survey.refused.total > 0 ? 'not_a_tree' : 'empty')
  return survey
}
