import { sql } from 'drizzle-orm'
import { withUpkeep } from '../db/door'
import { ANSWERS_KEPT_DAYS, ledger } from '../db/ledger'

/** So many at a time: no transaction is long, and nobody who repeats one of them waits. */
const SLICE = 1_000

/**
 * Takes away the answers of mutations that were applied longer ago than they are kept. Their keys stay, so that a
 * repetition is still not done again; refusals stay whole, because the same key is answered the same for ever.
 * Any number of replicas may do it at once. Out: how many answers went.
 */
export async function sweepAnswers(): Promise<number> {
  for (let swept = 0; ;) {
    const { rowCount } = await withUpkeep(tx => tx.execute(sql`
      UPDATE ${ledger} SET result = NULL WHERE id IN (
        SELECT id FROM ${ledger} WHERE created_at < now() - make_interval(days => ${ANSWERS_KEPT_DAYS}) AND result ->> 'status' = 'applied'
        ORDER BY created_at LIMIT ${SLICE} FOR UPDATE SKIP LOCKED)`))
    swept += rowCount ?? 0
    if ((rowCount ?? 0) < SLICE) return swept
  }
}
