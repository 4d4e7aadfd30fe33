import { leaseBegan, leaseEnd, newLease } from '#shared/lease/lease'
import { readLease } from '#shared/lease/record'
import { leaseDatabaseName } from '#shared/lease/store'
import { takeLease } from './head-start'

/**
 * Whether what this device keeps of a person may be shown before the database is open and has said so itself, and how
 * old it may be (`since`, ms since 1970); undefined: nothing may. Where nothing is noted a lease begins, as in the worker.
 */
export async function leaseOf(databaseName: string, userId: string): Promise<{ since: number } | undefined> {
  const now = Date.now()
  const database = leaseDatabaseName(databaseName, userId)
  const record = await readLease(database, takeLease(database)).catch(() => undefined) ?? newLease(now)
  return leaseEnd(record, now) ? undefined : { since: leaseBegan(record, now) }
}
