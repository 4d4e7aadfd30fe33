/** What a bare database is made of: the same tables and indexes as the app's own, and rows in COPY's text format. */
export interface Filling {
  schema: string[]
  table: string
  columns: string[]
  rows: string
  /** Of the rows' names, for PostgreSQL's own way of finding what is similar. */
  withTrigrams?: boolean
}

interface Database {
  exec: (sql: string) => Promise<unknown>
  query: (sql: string, params: unknown[], options: { blob: Blob }) => Promise<unknown>
}

/** Makes the tables and copies the rows in; the milliseconds of COPY alone. */
export async function fill(pg: Database, { schema, table, columns, rows }: Filling): Promise<number> {
  await pg.exec(schema.join(';\n'))
  const blob = await (await fetch(rows)).blob()
  const began = performance.now()
  await pg.query(`COPY ${table} (${columns.join(', ')}) FROM '/dev/blob'`, [], { blob })
  return performance.now() - began
}
