import { sql } from 'drizzle-orm'
import { withTenant } from '../db/door'
import { predicateOf, type BoundShape } from './definition'

/** Counting must not hold up the first page: 117,000 rows take about 15 ms, and what takes this long is left unknown. */
const PATIENCE_MS = 250

/** About how many rows a shape has, for progress; undefined when it could not be counted quickly. */
export async function estimateRows(userId: string, { definition, scopeId }: BoundShape): Promise<number | undefined> {
  try {
    return await withTenant({ userId }, async (tx) => {
      await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${PATIENCE_MS}`))
      const [before = '', after = ''] = predicateOf(definition).split('$1')
      const counted = await tx.execute<{ rows: string }>(
        sql`select count(*) as rows from ${sql.identifier(definition.entity)} where ${sql.raw(before)}${scopeId}${sql.raw(after)}`)
      return Number(counted.rows[0]?.rows)
    })
  }
  catch {
    return undefined
  }
}
