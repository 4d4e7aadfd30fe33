import { leaseBegan, leaseEnd, newLease } from '#shared/lease/lease'
import { leaseDatabaseName, readLease } from '#shared/lease/record'

/**
 * Whether what this device keeps of a person may be shown before the database is open and has said so itself, and how
 * old it may be (`since`, ms since 1970); undefined: nothing may. Where nothing is noted a lease begins, as in the worker.
 */
export async function leaseOf(databaseName: string, userId: string): Promise<{ since: number } | undefined> {
  const now = Date.now()
  const record = await readLease(leaseDatabaseName(databaseName, userId)).catch(() => undefined) ?? newLease(now)
  return leaseEnd(record, now) ? undefined : { since: leaseBegan(record, now) }
}
