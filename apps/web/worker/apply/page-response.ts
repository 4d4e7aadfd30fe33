import type { SnapshotRows } from './snapshot-rows'

/** An answer of Electric whose snapshot rows were taken out of its body already. */
export class PageResponse extends Response {
  readonly rows: SnapshotRows

  /** @param rest the messages after the rows, as JSON */
  constructor(rows: SnapshotRows, rest: string, init: ResponseInit) {
    super(rest, init)
    this.rows = rows
  }
}
