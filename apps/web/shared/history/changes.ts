/** A place in a company's trees. A folder's `folder` is null at the top of its workspace. */
export interface ChangedPlace {
  workspace: { id: string, name: string }
  folder: { id: string, name: string } | null
}

/** What an edit changed, as it was before or after: only what it changed is in it. */
export interface ChangeSide {
  name?: string
  /** Of a long one the list has the beginning. */
  description?: string
  place?: ChangedPlace
  /** The key of the place among siblings. */
  position?: string
  /** Of a lead, as the rest of this. */
  status?: string
  /** Null: nobody. The name is the one of then; empty where they had left. */
  assignee?: { id: string, name: string } | null
  /** Of long ones the list has the beginning. */
  notes?: string
  tags?: string[]
  /** The key of the lead that it was merged into, never its name, which would outlive it; null: it is one of its own. */
  merged_into?: string | null
  /** Of a lead that others were merged into, or separated from again: how many. */
  others?: number
}

/** Of what there is a history, by the name under which it is asked for. */
export type HistoryKind = 'folder' | 'workspace' | 'lead'

/** One line of the history of a workspace, a folder or a lead. */
export interface ChangeEvent {
  id: number
  /** ISO 8601. */
  at: string
  actor: { id: string, name: string }
  /** The name of a mutation of this version or of a newer one. */
  mutation: string
  before: ChangeSide
  after: ChangeSide
  /** What a deletion or a restore took along, itself included; null where it went along with what is above it. */
  amount: number | null
  deletion_id: string | null
}

/** The newest first. */
export interface HistoryPage {
  changes: ChangeEvent[]
  /** Give it as `before` for the next, older page; null on the last. */
  next: number | null
}

/** One deletion, which is restored as a whole. */
export interface DeletionLine {
  deletion_id: string
  kind: 'workspace' | 'folders'
  /** What was deleted, without what lay under it: some names, and how many there are. */
  names: string[]
  tops: number
  /** How many rows are in it; `more` where they were counted no further. */
  amount: number
  more: boolean
  /** Where the folders were; a workspace names itself. */
  workspace: { id: string, name: string, deleted: boolean }
  /** ISO 8601. */
  at: string
  /** Until when it can be restored. ISO 8601. */
  until: string
  /** Undefined where nobody noted it. */
  by?: { id: string, name: string }
}

/** The newest first. */
export interface DeletionsPage {
  deletions: DeletionLine[]
  /** Give it as `before` for the next, older page; null on the last. */
  next: string | null
}
