import { PGlite } from '@electric-sql/pglite'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SwappableDatabase } from '../../worker/database/swappable'
import type { LeadEntry } from '../leads/entry'
import { holdFile } from './lock-file'
import type { OfflineLeads } from './offline-leads'
import { syncFolder, syncPath } from './sync-files'
import { databaseName, readLeads, tableOf, writeLeads } from './table'
import { TableQueue } from './table-queue'

const CURRENT = 'current'
const LOCK = 'lock'
/** Calls after which something may have been written. */
const WRITING = new Set<PropertyKey>(['query', 'sql', 'exec', 'transaction'])

/**
 * A tenant's leads in a folder, for a program that is no browser. The table is where they are; PGlite lies in a folder of a number:
 *
 *   offline-leads-<tenant>/current   the number
 *   offline-leads-<tenant>/<number>  the database
 *   offline-leads-<tenant>/lock      who has it
 *
 * What the server has is not deleted in the database, which would leave its bytes in pages, log and free space: what is left is
 * written to a database of the next number, `current` is set to that by one rename, and the folder of the old one is deleted. Killed
 * before the rename it is the old one, whose leads are sent again and known for the same; after it the old folder is deleted
 * at the next opening.
 * @param parent the folder that it is in; made where there is none
 * @throws where another program has it
 */
export async function openFolder(parent: string, tenantId: string): Promise<OfflineLeads> {
  const path = join(resolve(parent), databaseName(tenantId))
  // Of people who trusted this program alone.
  await mkdir(path, { recursive: true, mode: 0o700 })
  const giveBack = await holdFile(join(path, LOCK))
  try {
    const place = new Place(path, tenantId)
    const swappable = new SwappableDatabase(await place.open())
    const pg = strict(swappable, place, giveBack)
    const queue = new TableQueue(pg, () => place.alone(async () => {
      await swappable.replace(async old => place.next(await readLeads(old)), () => place.commit())
      await place.tidy()
    }))
    return { pg, tenantId, queue }
  }
  catch (error) {
    await giveBack()
    throw error
  }
}

class Place {
  readonly #path: string
  readonly #tenantId: string
  #number = 0
  #isClosed = false
  #working: Promise<unknown> = Promise.resolve()

  constructor(path: string, tenantId: string) {
    this.#path = path
    this.#tenantId = tenantId
  }

  /** Takes the place of the database by another one; nobody gives it up meanwhile. Rejects once it is closed. */
  alone(work: () => Promise<void>): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('The leads of this tenant are closed.'))
    const working = this.#working.then(work)
    this.#working = working.catch(() => undefined)
    return working
  }

  /** Resolves when nothing takes its place any more. */
  async closes(): Promise<void> {
    this.#isClosed = true
    await this.#working
  }

  get folder(): string {
    return join(this.#path, String(this.#number))
  }

  /** The current one; the first, where there is none. What a kill has left of others is deleted. */
  async open(): Promise<PGlite> {
    this.#number = await this.#current()
    await this.tidy()
    if (this.#number > 0) return PGlite.create(this.folder)
    const first = await this.next([])
    await this.commit()
    return first
  }

  async #current(): Promise<number> {
    const file = join(this.#path, CURRENT)
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return '0'
    })
    if (!/^\d+$/.test(text)) throw new Error(`${file} does not say which of the folders beside it the leads are in: write its number there.`)
    return Number(text)
  }

  /** A database of the next number, that is whole and on the disk. */
  async next(leads: readonly LeadEntry[]): Promise<PGlite> {
    const folder = join(this.#path, String(this.#number + 1))
    await rm(folder, { recursive: true, force: true })
    const pg = await PGlite.create(folder)
    try {
      await pg.exec(tableOf(this.#tenantId))
      if (leads.length > 0) await writeLeads(pg, leads)
      await pg.exec('checkpoint')
      await syncFolder(folder)
      return pg
    }
    catch (error) {
      await pg.close().catch(() => undefined)
      throw error
    }
  }

  /** Makes the next one the current one: all of it, or nothing. */
  async commit(): Promise<void> {
    const file = join(this.#path, CURRENT)
    await writeFile(`${file}.new`, String(this.#number + 1))
    await syncPath(`${file}.new`)
    await rename(`${file}.new`, file)
    await syncPath(this.#path)
    this.#number++
  }

  /** Deletes what is neither the current one nor about it. */
  async tidy(): Promise<void> {
    for (const name of await readdir(this.#path)) {
      if (name !== CURRENT && name !== LOCK && name !== String(this.#number)) await rm(join(this.#path, name), { recursive: true, force: true })
    }
  }

  /** What the database's log holds is on the disk when it resolves. */
  async syncLog(): Promise<void> {
    const log = join(this.folder, 'pg_wal')
    for (const entry of await readdir(log, { withFileTypes: true })) if (entry.isFile()) await syncPath(join(log, entry.name))
  }
}

/** What a program gets: as PGlite is, but what it was told is written stays so where the power fails. */
function strict(swappable: SwappableDatabase, place: Place, giveBack: () => Promise<void>): PGlite {
  async function close(): Promise<void> {
    await place.closes()
    await swappable.current.close()
    await syncFolder(place.folder)
    await giveBack()
  }
  return new Proxy(swappable.pg, {
    get(pg, name) {
      if (name === 'close' || name === Symbol.asyncDispose) return close
      const value: unknown = Reflect.get(pg, name)
      if (typeof value !== 'function' || !WRITING.has(name)) return value
      return async (...given: unknown[]) => {
        const result: unknown = await Reflect.apply(value, pg, given)
        await place.syncLog()
        return result
      }
    },
  })
}
