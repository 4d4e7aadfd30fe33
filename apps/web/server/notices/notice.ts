import * as z from 'zod/mini'

/** The channel that the triggers of migration 0007 speak on. */
export const NOTICES_CHANNEL = 'mvdb_notices'

const id = z.uuid()

/** What a trigger says when something changes that decides what somebody may see, or that is somebody's own. */
const schema = z.union([
  // A row of the person's own shapes was written, by this transaction (all 64 bits).
  z.strictObject({ user: id, entity: z.enum(['users', 'company_members']), txid: z.string().check(z.regex(/^\d{1,20}$/)) }),
  // A session of the person has ended.
  z.strictObject({ user: id }),
  // A company was deleted, or came back.
  z.strictObject({ company: id }),
])
export type Notice = z.infer<typeof schema>

/** Reads what was notified; undefined where it is nothing of ours: whoever may connect to the database may notify. */
export function readNotice(payload: string): Notice | undefined {
  try {
    const read = schema.safeParse(JSON.parse(payload))
    return read.success ? read.data : undefined
  }
  catch {
    return undefined
  }
}
