import { leaseBegan, leaseEnd } from '#shared/lease/lease'
import { leaseDatabaseName, readLease } from '#shared/lease/record'

/**
 * Whether what this device keeps of a person may be shown before the database is open and has said so itself, and how
 * old it may be (`since`, ms since 1970); undefined: nothing may, also where nothing is noted.
 */
export async function leaseOf(databaseName: string, userId: string): Promise<{ since: number } | undefined> {
  const record = await readLease(leaseDatabaseName(databaseName, userId)).catch(() => undefined)
  const now = Date.now()
  return record && !leaseEnd(record, now) ? { since: leaseBegan(record, now) } : undefined
}
