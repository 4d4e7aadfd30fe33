import * as z from 'zod/mini'
import { databaseNameSchema, readStored, storedPersonSchema, writeStored, type Person } from './person'

export const OWED_KEY = 'mvdb:sign-out'

const owedSchema = z.object({ person: storedPersonSchema, session: z.boolean(), database: z.optional(databaseNameSchema) })

/**
 * What of one person's leaving is still to be done: to end their session at the server, to delete their databases here.
 * `database` is the installation's name of then (`PGLITE_DB_NAME`): it may be another when the deletion succeeds.
 */
export type OwedSignOut = z.infer<typeof owedSchema>

/**
 * What happens to a person on this device. Something that fails is no event: what is owed stays owed.
 *
 *   owed ↓ after →    signed_out     left_behind    session_over   database_deleted   signed_in
 *   nothing           both           database       nothing        nothing            nothing
 *   session           both           both           nothing        session            nothing
 *   database          both           database       database       nothing            nothing
 *   both              both           both           database       session            nothing
 */
export type PersonEvent =
  /** They asked to leave. `database` is undefined where none was ever opened. */
  | { kind: 'signed_out', database: string | undefined }
  /** Another person is here now, or a page that was theirs goes: their databases are owed, no session that is not already. */
  | { kind: 'left_behind', database: string | undefined }
  /** The browser's session is not theirs (any more). */
  | { kind: 'session_over' }
  | { kind: 'database_deleted' }
  /** They are here again: session and databases are theirs. */
  | { kind: 'signed_in' }

/** Everything that is owed, at most one entry a person. Entries that make no sense are left out, and the others kept. */
export function owedSignOuts(): OwedSignOut[] {
  return (readStored(OWED_KEY, z.array(z.unknown())) ?? []).flatMap((entry) => {
    const { success, data } = owedSchema.safeParse(entry)
    return success ? [data] : []
  })
}

/** Writes down what an event changes about what a person's leaving still owes. */
export function notePersonEvent(person: Person, event: PersonEvent): void {
  const all = owedSignOuts()
  const entry = after(person, all.find(owed => owed.person.id === person.id), event)
  const others = all.filter(owed => owed.person.id !== person.id)
  const left = entry && (entry.session || entry.database) ? [...others, entry] : others
  writeStored(OWED_KEY, left.length > 0 ? left : undefined)
}

/** A person has the browser's session now: it is nobody else's, and what they owed themselves is forgiven. */
export function noteSignedIn(person: Person): void {
  for (const owed of owedSignOuts()) {
    if (owed.person.id !== person.id) notePersonEvent(owed.person, { kind: 'session_over' })
  }
  notePersonEvent(person, { kind: 'signed_in' })
}

function after({ id, name, email }: Person, owed: OwedSignOut | undefined, event: PersonEvent): OwedSignOut | undefined {
  const person = { id, name, email }
  switch (event.kind) {
    case 'signed_out': return { person, session: true, database: event.database ?? owed?.database }
    case 'left_behind': return { person, session: owed?.session ?? false, database: event.database ?? owed?.database }
    case 'session_over': return owed && { ...owed, session: false }
    case 'database_deleted': return owed && { ...owed, database: undefined }
    case 'signed_in': return undefined
  }
}
