import { sql } from 'drizzle-orm'
import type { Transaction } from '../db/door'
import { environment } from '../environment'
import { Refusal } from '../http/refusal'

/**
 * A deletion is named by a key that the page made; another deletion of the company must not join it, or one could not be
 * reversed without the other. Throws `invalid_input`.
 */
export async function requireNewDeletion(tx: Transaction, company: string, deletion: string): Promise<void> {
  const { rows } = await tx.execute(sql`
    select 1 from folders where company_id = ${company} and deletion_id = ${deletion}
    union all select 1 from workspaces where company_id = ${company} and deletion_id = ${deletion} limit 1`)
  if (rows.length > 0) throw new Refusal('invalid_input', { fields: { deletion_id: 'This key is taken.' } })
}

/**
 * Whether a deleted row may come back. What is older is for the sweep (upkeep/retention), which goes in small steps: a
 * deletion that came back in between would come back in part.
 */
export const isRestorable = () => sql`deleted_at > now() - make_interval(days => ${environment().RETENTION_DAYS})`
