import type { PGliteInterface } from '@electric-sql/pglite'
import { untilAborted } from '../database/until-aborted'

/** Holds a row while bytes of erased rows may still be in the files. It is copied nowhere: in a copy there are none. */
export const ERASED_TABLE = 'erased_bytes'

/** What may have to go for good by itself, row by row: what people of outside entered. Everything else is only deleted. */
const ERASABLE = 'leads'

/** Noted by the transaction that deletes, whoever makes it: a kill leaves both or neither. */
export const ERASED_TABLES = [
  `CREATE TABLE ${ERASED_TABLE} (one boolean PRIMARY KEY DEFAULT true CHECK (one), since timestamptz NOT NULL DEFAULT now())`,
  // An edit that is laid over a row takes it out too, and puts it in again: then what the server has lies in the overlay.
  `CREATE FUNCTION note_erased() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM gone g WHERE NOT EXISTS (SELECT FROM overlay.${ERASABLE} o WHERE o.id = g.id AND NOT o.absent)) THEN INSERT INTO public.${ERASED_TABLE} DEFAULT VALUES ON CONFLICT DO NOTHING; END IF;
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER note_erased AFTER DELETE ON ${ERASABLE} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_erased()`,
] as const

const LOOK_EVERY_MS = 30_000
/** How long nobody must have worked on the database. */
const IDLE_MS = 5_000
/** From then on it is done at once, however busy the database is. */
const DUE_MS = 23 * 3_600_000
const AGAIN_MS = 600_000
const FORGET_MS = 10_000
/** So often it must not have been possible since it is due, until the whole copy goes: a device that wakes up is busy at first. */
const FAILURES = 3

export interface ErasedBytesOptions {
  pg: Pick<PGliteInterface, 'query'>
  /** For how many ms nobody has worked on the database. */
  idleFor: () => number
  /** Forgets what is kept of erased rows beside the database. */
  forget: () => Promise<void>
  /** Copies what is here into another database and deletes this one. Throws where that was not possible; then all is as it was. */
  rewrite: () => Promise<void>
  /** It was not possible in time: the whole copy must go. */
  onFailed: (error: unknown) => void
  everyMs?: number
}

/**
 * Takes the bytes of erased rows off the disk once nobody is in the way, within a day: what was deleted stays in the heap
 * and the log of PostgreSQL (docs/decisions/0013-purge.md).
 */
export class ErasedBytes {
  readonly #options: ErasedBytesOptions
  #timer: ReturnType<typeof setInterval> | undefined
  #running: Promise<void> | undefined
  #notBefore = 0
  #failures = 0
  #stopped = false

  constructor(options: ErasedBytesOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.#turn(), this.#options.everyMs ?? LOOK_EVERY_MS)
  }

  /** Resolves when nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#running
  }

  /** For how many ms bytes of erased rows may have been here; undefined where there are none. */
  async age(): Promise<number | undefined> {
    const { rows: [row] } = await this.#options.pg.query<{ ms: number }>(`SELECT (extract(epoch FROM clock_timestamp() - since) * 1000)::float8 AS ms FROM ${ERASED_TABLE}`)
    return row?.ms
  }

  #turn(): void {
    if (this.#running || this.#stopped || performance.now() < this.#notBefore) return
    this.#running = this.#look().catch((error: unknown) => {
      if (!this.#stopped) console.warn('Bytes of what was erased are still here:', error)
    }).finally(() => { this.#running = undefined })
  }

  async #look(): Promise<void> {
    const age = await this.age()
    if (age === undefined || (age < DUE_MS && this.#options.idleFor() < IDLE_MS)) return
    try {
      // A tab that does not let go of the journal keeps no byte of the database here: the journal forgets by itself, later.
      await untilAborted(AbortSignal.timeout(FORGET_MS), this.#options.forget()).catch((error: unknown) => console.warn('Edits of erased leads are still in the journal:', error))
      await this.#options.rewrite()
      this.#failures = 0
    }
    catch (error) {
      // It costs seconds of the device, and what was in the way is seldom gone at once.
      this.#notBefore = performance.now() + AGAIN_MS
      if (age < DUE_MS || ++this.#failures < FAILURES) throw error
      this.#options.onFailed(error)
    }
  }
}
