import type { AnswerBody } from '../protocol/answers'
import type { Refused } from './survey'

export interface Made { made: number, existed: number }

/** What an import did, or did until it broke off. */
export interface ImportReport {
  workspaces: Made
  folders: Made
  refused: Refused
  /** Where to look: the first workspaces of the file. */
  places: { id: string, name: string }[]
}

/**
 * One line of the answer to an import, which comes as JSON lines: how far it is, and at the end the report, or what broke
 * it off with the report of what was made until then.
 */
export type ImportLine
  = | { kind: 'progress', done: number, of: number }
    | { kind: 'report', report: ImportReport }
    | { kind: 'broken', error: AnswerBody, report: ImportReport }
