import type { EntityName } from '#shared/catalogue/entities'

/** What one edit does to one row. */
export interface Patch {
  /** The row, where there is none yet. */
  readonly make?: Readonly<Record<string, unknown>>
  /** Columns with their new values. */
  readonly set?: Readonly<Record<string, unknown>>
  /** Of columns that hold an object: keys with their new values, null for those that go. */
  readonly merge?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Whether the row is deleted, or here again. */
  readonly gone?: boolean
}

export interface RowChange {
  readonly entity: EntityName
  readonly id: string
  readonly patch: Patch
  /** The deletion that it belongs to. */
  readonly deletion?: string
}

type Row = Record<string, unknown>

/**
 * The row that edits make of what the server has. Out: undefined where there is none then.
 * @param original undefined where the server has none
 * @param patches in the order of the edits
 */
export function fold(original: Readonly<Row> | undefined, patches: readonly Patch[]): Row | undefined {
  let row: Row | undefined = original && { ...original }
  let isGone = false
  for (const { make, set, merge, gone } of patches) {
    if (make && !row) row = { ...make }
    if (gone !== undefined) isGone = gone
    if (!row) continue
    if (set) {
      Object.assign(row, set)
      // A row that nobody has changed since it was made is shown as new.
      if (!make) row['row_version'] = Number(row['row_version']) + 1
    }
    for (const [column, change] of Object.entries(merge ?? {})) row[column] = merged(row[column], change)
  }
  return isGone ? undefined : row
}

function merged(value: unknown, change: Readonly<Record<string, unknown>>): Row {
  const next = { ...(typeof value === 'object' && value !== null ? value as Row : {}), ...change }
  return Object.fromEntries(Object.entries(next).filter(([, kept]) => kept !== null))
}
