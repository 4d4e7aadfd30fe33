import { shallowReadonly, shallowRef, watch, type Ref } from 'vue'
import { localDatabaseName } from '#shared/protocol/leader'
import { deleteLocalDatabases } from './local-databases'
import { owedSignOut, PERSON_KEY, storeDatabaseName, storedDatabaseName, storedPerson, storeOwedSignOut, storePerson, type Person } from './person'
import type { PGliteAccess } from './pglite-access'
import type { PGliteOptions } from './pglite-client'
import { serverApi } from './server-api'

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
  /** Opens the database of who was here last; never throws, and asks the server for nothing it was told before. */
  boot: () => Promise<void>
  /** Signs in and opens the person's database. Throws a ServerError. */
  signIn: (email: string, password: string) => Promise<void>
  /** Ends the session, deletes the local database and leaves to the sign-in page. What fails now is finished later. */
  signOut: () => Promise<void>
  /** Deletes the local copy and fetches it anew; the session stays. */
  rebuild: () => Promise<void>
  /** Ends the listening to other tabs. */
  dispose: () => void
}

const SIGN_OUT_LOCK = 'mvdb:sign-out'
/** A purge waits for the leader; one that never comes must not keep a person from leaving. */
const PURGE_LIMIT_MS = 10_000

export function createAccount({ access, leaveTo, startWorker }: AccountOptions): Account {
  const person = shallowRef(storedPerson())
  let changing = false

  async function open(who: Person): Promise<void> {
    let databaseName = storedDatabaseName()
    if (!databaseName) {
      databaseName = (await serverApi.config()).databaseName
      storeDatabaseName(databaseName)
    }
    access.start({ userId: who.id, databaseName, startWorker })
  }

  /** Deletes the local databases of a person: by the leader while one answers, from here where none does. */
  async function remove(who: Person): Promise<void> {
    const { value: client } = access.client
    const alive = client?.userId === who.id && (access.status.value === 'ready' || access.status.value === 'opening')
    if (alive && await within(PURGE_LIMIT_MS, client.purge()).then(() => true, () => false)) return
    access.stop()
    const databaseName = storedDatabaseName()
    if (databaseName) await deleteLocalDatabases(localDatabaseName(databaseName, who.id, ''))
  }

  /** One tab at a time finishes a sign-out; whoever comes second finds nothing owed. */
  const finishSignOut = () => alone(async () => {
    const owed = owedSignOut()
    if (!owed) return
    const session = owed.session && !await serverApi.signOut().then(() => true, () => false)
    const database = owed.database && !await remove(owed.person).then(() => true, () => false)
    access.stop()
    if (storedPerson()?.id === owed.person.id) storePerson(undefined)
    person.value = storedPerson()
    storeOwedSignOut(session || database ? { ...owed, session, database } : undefined)
  })

  async function follow(): Promise<void> {
    if (changing) return
    const now = storedPerson()
    if (now?.id !== person.value?.id) leaveTo(now ? '/' : '/sign-in')
  }

  const onStorage = (event: StorageEvent) => {
    if (event.key === PERSON_KEY || event.key === null) void follow()
  }
  // A tab that slept through the storage event finds out when it is looked at.
  const onVisible = () => { if (document.visibilityState === 'visible') void follow() }
  window.addEventListener('storage', onStorage)
  document.addEventListener('visibilitychange', onVisible)

  const stopWatching = watch(() => access.error.value?.code, async (code) => {
    if (changing) return
    if (code === 'purged') leaveTo(owedSignOut() ? '/sign-in' : '/')
    if (code !== 'wrong_user') return
    // The cookie is another person's by now: stand where the server says we stand.
    const now = await serverApi.session().catch(() => undefined)
    if (!now || now.id === person.value?.id) return
    storePerson(now)
    leaveTo('/')
  })

  return {
    person: shallowReadonly(person),
    async boot() {
      if (owedSignOut()) await finishSignOut()
      if (person.value) await open(person.value).catch(() => {})
    },
    async signIn(email, password) {
      if (owedSignOut()) await finishSignOut()
      const now = await serverApi.signIn(email, password)
      const before = storedPerson()
      changing = true
      try {
        const { databaseName } = await serverApi.config()
        storePerson(now)
        if (before && before.id !== now.id) {
          // What the first person had here goes with them; their tabs follow by the storage event.
          await remove(before).catch(() => {})
          storeDatabaseName(databaseName)
          leaveTo('/')
          return
        }
        storeDatabaseName(databaseName)
        person.value = now
        access.start({ userId: now.id, databaseName, startWorker })
        // A database that was open all the time has parked its sync; not awaited: a new one takes seconds to open.
        access.retry().catch(() => {})
      }
      finally {
        changing = false
      }
    },
    async signOut() {
      changing = true
      if (person.value) storeOwedSignOut({ person: person.value, session: true, database: true })
      await finishSignOut()
      leaveTo('/sign-in')
    },
    async rebuild() {
      changing = true
      if (person.value) await remove(person.value).catch(() => {})
      leaveTo('/')
    },
    dispose() {
      stopWatching()
      window.removeEventListener('storage', onStorage)
      document.removeEventListener('visibilitychange', onVisible)
    },
  }
}

/** Without Web Locks there is no local database either, and nothing that two tabs could trip over. */
const alone = (work: () => Promise<void>) => 'locks' in navigator ? navigator.locks.request(SIGN_OUT_LOCK, work) : work()

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new Error('timed out')), ms) })
  return Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
