import { notePersonEvent, owedSignOuts } from './owed-sign-outs'
import { storedPerson, storePerson, type Person } from './person'
import { ServerError, sessionApi } from './server-request'

const LOCK = 'mvdb:sign-out'

/**
 * One tab at a time changes who is here or finishes what is owed: a session is never ended that began a moment ago in
 * another tab, nor a database deleted that was opened again. Not to be nested. Without Web Locks there is no local
 * database either, and nothing that two tabs could trip over.
 */
export const alone = <T>(work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? navigator.locks.request(LOCK, work) as Promise<T> : work()

/** A sign-out was asked for: from here on nobody is shown that person's data, however much of it is still to be done. */
export function forgetSignedOut(): void {
  const here = storedPerson()
  if (here && owedSignOuts().some(({ person }) => person.id === here.id)) storePerson(undefined)
}

/**
 * Whose session this browser has; undefined where it has none.
 * @throws ServerError where the server does not say
 */
export async function sessionHolder(): Promise<Person | undefined> {
  return sessionApi.session().catch((error: unknown) => {
    if (error instanceof ServerError && error.code === 'sign_in') return undefined
    throw error
  })
}

/** Ends the session of those who asked for it, and of nobody else: whose it is, only the server knows. Within `alone`. */
export async function endOwedSessions(): Promise<void> {
  const owed = owedSignOuts().filter(({ session }) => session)
  if (owed.length === 0) return
  try {
    const holder = await sessionHolder()
    if (holder && owed.some(({ person }) => person.id === holder.id)) await sessionApi.signOut(holder.id)
  }
  catch {
    // Kept: it is tried again.
    return
  }
  for (const { person } of owed) notePersonEvent(person, { kind: 'session_over' })
}

/**
 * Before any other request: a session whose person has left is not used for anything once the server is there again.
 * Not within `alone`, which it takes.
 * @throws ServerError where the server is not there, or does not end it
 */
export async function owedSessionsFirst(): Promise<void> {
  const isOwed = () => owedSignOuts().some(({ session }) => session)
  if (!isOwed()) return
  await alone(endOwedSessions)
  if (isOwed()) throw new ServerError()
}

/** Deletes the databases of those who left; what cannot be deleted now stays owed. Within `alone`. */
export async function deleteOwedDatabases(remove: (person: Person, databaseName: string) => Promise<void>): Promise<void> {
  for (const { person, database } of owedSignOuts()) {
    if (!database) continue
    const deleted = await remove(person, database).then(() => true, () => false)
    if (deleted) notePersonEvent(person, { kind: 'database_deleted' })
  }
}
