import * as z from 'zod/mini'
import type { LeaseRecord } from './lease'
import { note, readNoted } from './store'

const schema = z.object({ contact: z.number(), seen: z.number(), days: z.number() })

/**
 * What is noted of a lease; undefined where nothing is, or nothing that makes sense. Rejects where the browser gives no storage.
 * @param noted what was read of it already
 */
export async function readLease(name: string, noted: Promise<unknown> = readNoted(name)): Promise<LeaseRecord | undefined> {
  return schema.safeParse(await noted).data
}

/** Notes it, safe from a kill when it resolves. Rejects where the browser gives no storage. */
export const writeLease = (name: string, record: LeaseRecord): Promise<void> => note(name, { ...record })
