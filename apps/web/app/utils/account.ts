import { shallowReadonly, shallowRef, watch, type Ref } from 'vue'
import { PERSON_KEY } from '#shared/protocol/pointer'
import { alone, deleteOwedDatabases, endOwedSessions, forgetSignedOut, sessionHolder } from './finish-sign-outs'
import { leaveJournal } from './leave-journal'
import { deleteLocalDatabases, deletePersonal } from './local-databases'
import { notePersonEvent, noteSignedIn, OWED_KEY, owedSignOuts } from './owed-sign-outs'
import { storeDatabaseName, storedDatabaseName, storedPerson, storePerson, type Person } from './person'
import type { PGliteAccess } from './pglite-access'
import type { PGliteOptions } from './pglite-client'
import { createRetry } from './retry'
import { serverConfig } from './server-api'
import { sessionApi } from './server-request'

export interface AccountOptions {
  access: PGliteAccess
  /** Leaves this page's memory behind: a real navigation, so that nothing of one person is left for the next. */
  leaveTo: (path: string) => void
  /** For tests: stands in for the tab's worker. */
  startWorker?: PGliteOptions['startWorker']
}

/** Who is here and how that changes; the only place that makes requests about it. */
export interface Account {
  readonly person: Readonly<Ref<Person | undefined>>
  /**
   * Opens the database of who was here last, and begins to finish what sign-outs still owe. The bytes of others go first,
   * as far as the browser lets them go within ten seconds. Never throws, waits for no answer of the server, and asks it
   * for nothing it was told before.
   */
  boot: () => Promise<void>
  /** Signs in and opens the person's database. Throws a ServerError. */
  signIn: (email: string, password: string) => Promise<void>
  /**
   * Ends the session, deletes the local database and leaves to the sign-in page. What fails now is finished later.
   * Edits that are not sent stay on the device for the person's next sign-in, unless they are to be discarded.
   */
  signOut: (options?: { discard?: boolean }) => Promise<void>
  /** Deletes the local copy and fetches it anew; the session stays. */
  rebuild: () => Promise<void>
  /** Ends the listening to other tabs and the finishing of sign-outs. */
  dispose: () => void
}

/** A purge waits for the leader; one that never comes must not keep a person from leaving. */
const PURGE_LIMIT_MS = 10_000

export function createAccount({ access, leaveTo, startWorker }: AccountOptions): Account {
  forgetSignedOut()
  const person = shallowRef(storedPerson())
  let changing = false
  /** The worker was told that the session is another person's, and the server has not yet said whose. */
  let strayed = false

  async function open(who: Person): Promise<void> {
    let databaseName = storedDatabaseName()
    if (!databaseName) {
      databaseName = (await serverConfig()).databaseName
      storeDatabaseName(databaseName)
    }
    access.start({ userId: who.id, databaseName, startWorker })
  }

  /** Has the leader close and delete a person's database; false where none answers. This tab's part of it is over then. */
  async function purge(who: Person): Promise<boolean> {
    const { value: client } = access.client
    if (client?.userId !== who.id) return false
    const alive = access.status.value === 'ready' || access.status.value === 'opening'
    const purged = alive && await within(PURGE_LIMIT_MS, client.purge()).then(() => true, () => false)
    access.stop()
    return purged
  }

  /** Deletes all that a person who left has here. After a purge too: a leader knows of one, and a late tab may have opened it anew. */
  async function remove(who: Person, databaseName: string, patience?: number): Promise<void> {
    await purge(who)
    await leaveJournal(databaseName, who.id).catch(() => {})
    await deletePersonal(databaseName, who.id, patience)
  }

  /** What needs no network does not wait for it. Within `alone`. */
  async function finishSignOuts(patience?: number): Promise<void> {
    forgetSignedOut()
    await Promise.all([endOwedSessions(), deleteOwedDatabases((who, databaseName) => remove(who, databaseName, patience))])
  }

  const retry = createRetry(() => strayed || owedSignOuts().length > 0, () => alone(async () => {
    // Files that are held now may be free at the next try; nobody waits with the lock for them.
    await finishSignOuts(0)
    if (strayed && !changing) await standWhereTheServerSays()
  }))

  /** The cookie is another person's by now: this page becomes theirs. Within `alone`. */
  async function standWhereTheServerSays(): Promise<void> {
    const now = await sessionHolder()
    strayed = false
    const here = person.value
    if (!now || !here || now.id === here.id) return
    // That person asked to leave, and the server has not ended their session yet: no page is opened for them.
    if (owedSignOuts().some(owed => owed.session && owed.person.id === now.id)) return
    if (storedPerson()?.id === here.id) {
      notePersonEvent(here, { kind: 'left_behind', database: storedDatabaseName() })
      noteSignedIn(now)
      storePerson(now)
    }
    leave()
  }

  /** Goes to the page of who is here by now. What this page's person has on the device is deleted by the next page. */
  function leave(): void {
    const now = storedPerson()
    if (person.value && now?.id !== person.value.id) notePersonEvent(person.value, { kind: 'left_behind', database: storedDatabaseName() })
    leaveTo(now ? '/' : '/sign-in')
  }

  function follow(): void {
    if (!changing && storedPerson()?.id !== person.value?.id) leave()
  }

  const onStorage = ({ key }: StorageEvent) => {
    if (key === PERSON_KEY || key === null) follow()
    if (key === OWED_KEY) retry.wake()
  }
  // A tab that slept through the storage event finds out when it is looked at.
  const onVisible = () => { if (document.visibilityState === 'visible') follow() }
  window.addEventListener('storage', onStorage)
  document.addEventListener('visibilitychange', onVisible)

  const stopWatching = watch(() => access.error.value?.code, (code) => {
    if (code === 'purged' && !changing) leave()
    if (code !== 'wrong_user') return
    strayed = true
    if (!changing) retry.wake()
  })

  return {
    person: shallowReadonly(person),
    async boot() {
      // Files that another window still holds must not keep this person out: they stay owed, and nothing here reads them.
      if (person.value && owedSignOuts().some(({ database }) => database)) await within(PURGE_LIMIT_MS, alone(() => deleteOwedDatabases(remove))).catch(() => {})
      retry.wake()
      if (person.value) await open(person.value).catch(() => {})
    },
    async signIn(email, password) {
      changing = true
      try {
        await alone(async () => {
          await endOwedSessions()
          const { databaseName } = await sessionApi.config()
          const now = await sessionApi.signIn(email, password)
          const before = storedPerson()
          const others = before && before.id !== now.id
          // Written down before the pointer changes hands: a tab killed here leaves nothing behind that nobody knows of.
          if (others) notePersonEvent(before, { kind: 'left_behind', database: storedDatabaseName() ?? databaseName })
          noteSignedIn(now)
          storeDatabaseName(databaseName)
          storePerson(now)
          strayed = false
          // Also of somebody who left before. Who was here a moment ago may have workers that are only just ending.
          await deleteOwedDatabases((who, name) => remove(who, name, others ? undefined : 0))
          // Never two persons in the memory of one page; their other tabs follow by the storage event.
          if (others || (person.value && person.value.id !== now.id)) return leave()
          person.value = now
          access.start({ userId: now.id, databaseName, startWorker })
          // A database that was open all the time has parked its sync; not awaited: a new one takes seconds to open.
          access.retry().catch(() => {})
        })
      }
      finally {
        changing = false
        retry.wake()
      }
    },
    async signOut({ discard = false } = {}) {
      changing = true
      const databaseName = storedDatabaseName()
      // First, because nobody would finish this later.
      if (discard && person.value && databaseName) await leaveJournal(databaseName, person.value.id, true).catch(() => {})
      if (person.value) notePersonEvent(person.value, { kind: 'signed_out', database: storedDatabaseName() })
      await alone(() => finishSignOuts())
      access.stop()
      person.value = storedPerson()
      leave()
    },
    async rebuild() {
      changing = true
      const databaseName = storedDatabaseName()
      // Not both: other tabs open it anew right after a purge.
      if (person.value && !await purge(person.value) && databaseName) await deleteLocalDatabases(databaseName, person.value.id).catch(() => {})
      leaveTo('/')
    },
    dispose() {
      stopWatching()
      retry.dispose()
      window.removeEventListener('storage', onStorage)
      document.removeEventListener('visibilitychange', onVisible)
    },
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new Error('timed out')), ms) })
  return Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
