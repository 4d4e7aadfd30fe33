import type { PGlite } from '@electric-sql/pglite'
import type { StorageAct, StorageKind } from '#shared/protocol/storage'
import type { CompanySettings } from './company-settings'
import { writeCompanies, writeEstimate, writeLeader } from './device-tables'
import { Upkeep } from './upkeep'
import { fits } from './probe'
import { lookAtStorage, StorageWatch, type StorageEstimate } from './watch'

export interface DeviceOptions {
  pg: PGlite
  storage: StorageKind
  settings: CompanySettings
  /** Rows of these tables changed. */
  onChanged: (tables: readonly string[]) => void
  /** Which companies are held here was changed. */
  onKept: () => void
  /** Asks the browser of its storage; a test answers instead. */
  look?: () => Promise<StorageEstimate>
}

/** The leader's side of the device: how full it is, what is held on it, and that the database stays small. */
export class Device {
  readonly #options: DeviceOptions
  readonly #watch: StorageWatch
  readonly #upkeep: Upkeep
  #writing: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: DeviceOptions) {
    this.#options = options
    this.#upkeep = new Upkeep({ pg: options.pg })
    this.#watch = new StorageWatch({
      look: options.look ?? lookAtStorage,
      fits,
      onLooked: estimate => this.#write('device_status', () => writeEstimate(options.pg, estimate)),
    })
  }

  /** Throws where there is no room for so many rows more. Memory has no end that could be asked for. */
  room = async (rows: number): Promise<void> => {
    if (this.#options.storage !== 'memory') await this.#watch.room(rows)
  }

  /** Begins to look. */
  start(): void {
    const { pg, storage, settings } = this.#options
    this.#write('device_status', () => writeLeader(pg, storage, crypto.randomUUID()))
    this.#write('company_storage', () => writeCompanies(pg, settings.entries()))
    this.#watch.start()
    this.#upkeep.start()
  }

  /** Resolves when nothing of it is being written any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#watch.stop()
    await this.#upkeep.stop()
    await this.#writing
  }

  /** Somebody works on the database: it is tidied later. */
  busy(): void {
    this.#upkeep.busy()
  }

  /** For how many ms nobody has worked on the database. */
  get idleFor(): number {
    return this.#upkeep.idleFor
  }

  /** Does what a page asks. @throws where it could not be done */
  async act(act: StorageAct): Promise<void> {
    const { pg, settings } = this.#options
    switch (act.kind) {
      case 'keep':
        await settings.keep(act.company, act.kept)
        this.#write('company_storage', () => writeCompanies(pg, settings.entries()))
        return this.#options.onKept()
      case 'used':
        await settings.used(act.company)
        return this.#write('company_storage', () => writeCompanies(pg, settings.entries()))
      case 'tidy':
        await this.#upkeep.tidy()
        await this.#watch.look()
    }
  }

  /** Forgets what was set for companies other than these. */
  async keepOf(companies: readonly string[]): Promise<void> {
    const { pg, settings } = this.#options
    if (await settings.keepOf(companies).catch((error: unknown) => console.warn('What was set for a company could not be deleted:', error))) {
      this.#write('company_storage', () => writeCompanies(pg, settings.entries()))
    }
  }

  /** State is not worth stopping anything for. */
  #write(table: string, write: () => Promise<void>): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#stopped) return
      await write()
      this.#options.onChanged([table])
    }).catch((error: unknown) => {
      if (!this.#stopped) console.warn('The state of the device could not be written:', error)
    })
  }
}
