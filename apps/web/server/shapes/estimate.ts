import { sql } from 'drizzle-orm'
import { withTenant } from '../db/door'
import { predicateOf, type BoundShape } from './definition'

/** Counting must not hold up the first page: 117,000 rows take about 15 ms, and what takes this long is left unknown. */
const PATIENCE_MS = 250

/** A count holds for so long: the browsers of a company that begin together have one counted for all of them. */
const HOLDS_MS = 10_000

const counted = new Map<string, Promise<number | undefined>>()

/**
 * About how many rows a shape has, for progress; undefined when it could not be counted quickly. Only for who was found
 * to be allowed the shape.
 */
export function estimateRows(userId: string, shape: BoundShape): Promise<number | undefined> {
  const key = `${shape.definition.name} ${shape.scopeId}`
  const running = counted.get(key)
  if (running) return running
  const counting = countRows(userId, shape)
  counted.set(key, counting)
  setTimeout(() => counted.delete(key), HOLDS_MS).unref()
  return counting
}

async function countRows(userId: string, { definition, scopeId }: BoundShape): Promise<number | undefined> {
  try {
    return await withTenant({ userId }, async (tx) => {
      await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${PATIENCE_MS}`))
      const [before = '', after = ''] = predicateOf(definition).split('$1')
      const answer = await tx.execute<{ rows: string }>(
        sql`select count(*) as rows from ${sql.identifier(definition.entity)} where ${sql.raw(before)}${scopeId}${sql.raw(after)}`)
      return Number(answer.rows[0]?.rows)
    })
  }
  catch {
    return undefined
  }
}
