import type pg from 'pg'

/** More rows in one statement gain nothing, and its text arrays would grow without end. */
const BATCH = 10_000

/**
 * Inserts rows of one table, in their order; all rows have the columns of the first. `types` names the column types that
 * are not text.
 */
export async function insertRows<Row extends Record<string, string | number | null>>(
  client: pg.ClientBase, table: string, rows: readonly Row[], types: Partial<Record<keyof Row & string, string>> = {},
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH)
    const arrays = columns.map((name, i) => `$${i + 1}::${types[name] ?? (isKey(name) ? 'uuid' : 'text')}[]`)
    await client.query(
      `INSERT INTO ${table} (${columns.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`,
      columns.map(name => batch.map(row => row[name])))
  }
}

const isKey = (name: string) => name === 'id' || name.endsWith('_id')
