/** Named reads on the server: `GET /api/reads/<name>?params=<JSON array, in the order of the read's parameters>`. */
export const READS_PATH = '/api/reads'

/** The server gives no more rows of one read: it fills a screen until the local copy is complete. */
export const READ_LIMIT = 500

export interface ReadAnswer {
  rows: object[]
  /** There are more rows than were given. */
  truncated: boolean
  /** Columns whose values are moments: JSON has them as ISO texts, the page as Date, as in the local rows. */
  dates: string[]
}

/** The rows of an answer as the local database would give them. */
export function rowsOf<Row extends object>({ rows, dates }: ReadAnswer): Row[] {
  if (dates.length === 0) return rows as Row[]
  return rows.map((row) => {
    const revived: Record<string, unknown> = { ...row }
    for (const name of dates) {
      const moment = revived[name]
      if (typeof moment === 'string') revived[name] = new Date(moment)
    }
    return revived as Row
  })
}
