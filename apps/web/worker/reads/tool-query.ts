import type { PGliteInterface } from '@electric-sql/pglite'

/** More rows than that would be copied to a tab in one message. */
const LIMIT = 50_000

/**
 * Raw SQL of a tool or test, alone in a read-only transaction that is rolled back: what it set (a search path, a timeout)
 * would hold for everybody's queries after it. PGlite is one thread and cannot be interrupted: a query that takes long
 * keeps all others waiting, and nothing here can prevent that. Rejects with the database's error, or with SQLSTATE 54000
 * where there are too many rows.
 */
export async function toolQuery(pg: PGliteInterface, sql: string, params: unknown[]): Promise<object[]> {
  const rows = await pg.transaction(async (tx) => {
    await tx.exec('SET TRANSACTION READ ONLY')
    const answer = await tx.query<object>(sql, params)
    await tx.rollback()
    return answer.rows
  })
  if (rows.length > LIMIT) throw Object.assign(new Error(`The query has ${rows.length} rows; at most ${LIMIT} are given: add a LIMIT`), { code: '54000' })
  return rows
}
