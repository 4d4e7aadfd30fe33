import type { PGlite } from '@electric-sql/pglite'
import { SCHEMA_VERSION } from '#shared/generated/catalogue.gen'
import { finishDeletions } from '#shared/device/deletion'
import { companiesName, journalName } from '#shared/protocol/device'
import { journalChannel, uploadLock } from '#shared/journal/channel'
import { Journal } from '#shared/journal/store'
import { answersFolder, outdated, type PageVersion, type Question, type WorkerMeta } from '#shared/protocol/leader'
import { createShapeEngine } from '#shape-engine'
import { HeldNotice, LeaderChannel, sayEnded } from './channel/channel'
import { Compaction } from './database/compaction'
import { isCrash, isDamage, isStuck } from './database/damage'
import { Generations } from './database/generations'
import { openPurged, type OpenedDatabase } from './database/open-purged'
import { removeFolder } from './database/stores'
import { VolatileGenerations } from './database/volatile-generations'
import { Ending } from './ending'
import { openLease, type Lease } from './lease/lease'
import { isComplete } from './reads/completeness'
import { LiveReads } from './reads/live-reads'
import { PreparedReads } from './reads/prepared-reads'
import { toolQuery } from './reads/tool-query'
import { SearchIndex } from './search/search-index'
import { CompanySettings } from './storage/company-settings'
import { Device } from './storage/device'
import { ErasedBytes } from './storage/erased-bytes'
import { Sync } from './sync/sync'
import { Overlay } from './writes/overlay'
import { Writes } from './writes/writes'

/** How often the journal is tried to be opened again, and after how long. */
const OPENINGS = 3
const OPEN_AGAIN_MS = 300

const notStripped = (error: unknown) => console.warn('Edits of a company that was left could not be stripped:', error)

const OUTDATED = 'A page of another version has the local database now.'

/**
 * What the elected worker does, from its election to its end: it alone opens the database, syncs, and answers the tabs.
 * The entry closes the worker when it hears `ended`, and with it goes the election lock: a next one may lead.
 *
 *   elected ──▶ opening ──▶ leading ──▶ ended (wrong user, purged, outdated: a tab of a later version has come)
 *                │    │         └─ a company is purged: another database takes the place of this one, and leading goes on
 *                │    └───────────────▶ ended (failed)
 *                └─ files held, or a part of PGlite not to be fetched: waits, and says so to the tabs
 */
export async function lead(database: string, { userId, databaseName, page }: WorkerMeta): Promise<PGlite> {
  // Edits are sent also where the database takes long to open, or does not.
  const writes = await openWrites(databaseName, userId)
  try {
    if (!database.endsWith(SCHEMA_VERSION)) throw new Error('This page and its worker are of different versions')
    const notice = new HeldNotice(database)
    const settings = await CompanySettings.open(companiesName(databaseName, userId))
    // Site data are blocked, as in some private windows: then the database is in memory.
    const generations = new (settings.stored ? Generations : VolatileGenerations)(database, databaseName, userId)
    const forgetCopies = () => forgetAnswers(databaseName, userId)
    const opened = await openPurged(generations, why => notice.held(why), forgetCopies).finally(() => notice.close())
    // Not before: who waited for the files would go on from what another leader has noted anew since.
    const lease = await openLease(databaseName, userId)
    await start(opened, generations, { userId, page, writes }, settings, lease, forgetCopies)
    void generations.deleteOtherVersions().catch(() => undefined)
    void finishDeletions().catch(() => undefined)
    return opened.live.pg
  }
  catch (error) {
    await writes?.stop()
    // PGliteWorker's tabs would wait for ever for an init that throws: they hear it from the channel.
    const message = error instanceof Error ? error.message : String(error)
    sayEnded(database, 'failed', `The local database could not be opened: ${message}`)
    throw error
  }
}

async function start({ live, storage, openNext, isAside }: OpenedDatabase, generations: Generations, { userId, page, writes }: Pick<WorkerMeta, 'userId' | 'page'> & { writes: Writes | undefined }, settings: CompanySettings, lease: Lease, forgetCopies: () => Promise<void>): Promise<void> {
  const { pg, reader } = live
  const { database } = generations
  /** The database for whatever shows what is in it. */
  const shown = lease.guard(reader)
  const prepared = new PreparedReads(shown, () => live.current)
  const reads = new LiveReads(shown, (read, values) => isComplete(reader, sync, userId, read, values), (read, params) => prepared.run(read, params))
  const device = new Device({
    pg, storage: storage.kind, settings,
    onChanged: tables => reads.changed(tables, false),
    onKept: () => void sync.reconcile(),
  })
  const overlay = await Overlay.open(pg, userId)
  const engine = await createShapeEngine(pg, { room: device.room, around: overlay.around })
  const search = new SearchIndex({
    pg,
    onChanged(tables, filling) {
      device.busy()
      reads.changed(tables, filling)
    },
  })
  const compaction = new Compaction({
    live, generations, openNext, forgetCopies,
    onFailed: deleteWhole,
    onReplaced: () => search.wake(),
  })
  const erased = new ErasedBytes({
    pg: reader, idleFor: () => device.idleFor, rewrite: () => compaction.rewrite(), onFailed: deleteWhole,
    forget: async () => writes?.erased(company => sync.holds(company), async (ids) => {
      const { rows } = await reader.query<{ id: string }>('SELECT id FROM leads WHERE id = ANY($1::uuid[]) UNION SELECT id FROM overlay.leads WHERE id = ANY($1::uuid[]) AND NOT absent', [ids])
      return new Set(rows.map(({ id }) => id))
    }),
  })
  let isListKnown = false
  const sync: Sync = new Sync({
    pg, engine, userId,
    purges: compaction,
    keeps: settings.keeps,
    origin: self.location.origin,
    // It goes on after the end of the lease: to hear the server is what opens it again.
    fetch: lease.listening((...args) => fetch(...args)),
    onChanged(tables, filling) {
      // The stored copy may hold what has ended meanwhile, and cannot be opened to look: what is here again by itself goes.
      if (isAside && sync.hasWholeList) return deleteWhole(new Error('The stored copy could not be opened for want of room'))
      // How each shape stands is written every ten seconds, also where nothing happens: nobody works then.
      const isStatus = tables.every(table => table === 'sync_status')
      if (!isStatus) device.busy()
      reads.changed(tables, filling)
      // What a first sync fills is taken up when it is whole.
      if (!filling) search.wake()
      if (!isStatus) void writes?.seen()
    },
    onReached: () => writes?.wake(),
    onContact() {
      writes?.heard()
      // Once: what ends from here on is told.
      if (isListKnown || !sync.hasLiveList || !sync.memberships) return
      isListKnown = true
      void writes?.keepOf(sync.memberships.map(({ company_id: company }) => company)).catch(notStripped)
    },
    onEnded: company => void writes?.ended(company).catch(notStripped),
    onHeld() {
      void writes?.seen()
      void reads.heldChanged()
      if (sync.hasWholeList && sync.memberships) void device.keepOf(sync.memberships.map(({ company_id: company }) => company))
    },
    onWrongUser: () => void ending.begin('wrong_user', 'Another person is signed in now.'),
  })
  const channel = new LeaderChannel({ database, reads, answer, isEnding: () => ending.begun })
  const ending: Ending = new Ending({ close, say: (reason, message) => channel.end(reason, message, reason === 'outdated' ? page.version : undefined) })

  async function answer(question: Question): Promise<object[]> {
    // A table of 100,000 rows is vacuumed in one piece of a third of a second: not while somebody waits for answers.
    if (question.kind === 'read' || question.kind === 'query') device.busy()
    switch (question.kind) {
      case 'hello': return meet(question.page)
      case 'query': return toolQuery(shown, question.sql, question.params)
      case 'read': {
        const outcome = await reads.once(question.read, question.params)
        if ('failure' in outcome) throw Object.assign(new Error(outcome.failure.message), { code: outcome.failure.sqlstate })
        return outcome.rows
      }
      case 'retry': {
        sync.retry(question.shapeKey)
        writes?.wake()
        return []
      }
      case 'keep':
      case 'used':
      case 'tidy': {
        await device.act(question)
        return []
      }
      case 'purge': {
        const purged = await ending.begin('purged', 'The local copy was deleted.', () => generations.deleteAll())
        if (!purged) throw new Error('The local database is being closed')
        return []
      }
    }
  }

  /** A tab has come. One of another version is answered by another leader than this, or by none. */
  async function meet(tab: PageVersion): Promise<object[]> {
    const giving = outdated(page, tab)
    if (!giving) return []
    if (giving === 'leader') void ending.begin('outdated', OUTDATED)
    else channel.turnAway(OUTDATED, tab.version)
    return new Promise(() => {})
  }

  async function close() {
    reads.close()
    // What is laid over the rows waits while they are copied elsewhere: that ends first.
    const edits = writes?.stop()
    await lease.stop()
    await compaction.stop()
    await erased.stop()
    await edits
    await device.stop()
    await sync.stop()
    await search.stop()
    await pg.close()
  }

  /** Of a purge the bytes go first: where they cannot go alone, everything goes. */
  function deleteWhole(error: unknown): void {
    console.error('What a purge leaves could not be kept:', error)
    void ending.begin('purged', 'The local copy was deleted, and is fetched again.', async () => {
      // Where not even that can be noted, the deletion makes the room.
      await generations.startOver().catch((error: unknown) => console.warn('It could not be noted that the local copy begins anew:', error))
      await generations.deleteAll()
    })
  }

  function stopped(error: unknown): void {
    if (compaction.isUnfinished) deleteWhole(error)
    else void ending.begin('failed', 'The local database has stopped.')
  }

  live.onError = (error) => {
    const startOver = async () => {
      await generations.startOver()
      await generations.deleteOthers((await generations.current()).number)
    }
    if (isDamage(error)) void ending.begin('failed', 'The copy on this device is damaged. It was deleted, and is fetched again.', startOver)
    else if (isCrash(error)) stopped(error)
    else if (isStuck(error)) live.current.query('SELECT 1').catch(stopped)
  }
  for (const event of ['online', 'offline']) self.addEventListener(event, () => sync.wake())
  self.addEventListener('online', () => writes?.wake())
  lease.follow(() => reads.allChanged())
  device.start()
  erased.start()
  if (writes && engine.mayBeEdited) {
    void writes.attach({
      overlay, horizon: { isKnown: () => sync.memberships !== undefined, holds: company => sync.holds(company), isLive: company => sync.isLive(company) },
      onChanged(tables) {
        device.busy()
        reads.changed(tables, false)
        search.wake()
      },
    }).catch((error: unknown) => console.error('Unsent edits could not be shown:', error))
  }
  void sync.start().catch((error: unknown) => console.error('The sync could not be started:', error))
}

/** Undefined where the browser gives no storage: then pages send edits themselves, and only online. */
async function openWrites(databaseName: string, userId: string): Promise<Writes | undefined> {
  const name = journalName(databaseName, userId)
  for (let left = OPENINGS; ; left--) {
    try {
      return await Writes.open({
        journal: await Journal.open(name), channel: journalChannel(name), userId, origin: self.location.origin, fetch: (...args) => fetch(...args),
        lock: async (held) => { await navigator.locks.request(uploadLock(name), held) },
      })
    }
    catch (error) {
      console.warn('The journal of unsent edits could not be opened:', error)
      if (left === 0) return undefined
      // A page that has it open notes edits that nobody else would send.
      await new Promise(resolve => setTimeout(resolve, OPEN_AGAIN_MS))
    }
  }
}

/** The last answers that pages keep beside the database are rows like its own. */
async function forgetAnswers(databaseName: string, userId: string): Promise<void> {
  if (typeof navigator.storage?.getDirectory !== 'function') return
  const folder = answersFolder(databaseName, userId)
  // A page that is writing them ends first, and writes no more when it finds them gone.
  await navigator.locks.request(`answers:${folder}`, async () => removeFolder(await navigator.storage.getDirectory(), folder))
}
