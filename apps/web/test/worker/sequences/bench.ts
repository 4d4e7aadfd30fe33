import type { PGlite } from '@electric-sql/pglite'
import { electricSync as upstream } from '@electric-sql/pglite-sync'
import { electricSync as ours, type ScopedShapeOptions } from '../../../worker/apply'
import { FakeElectric, type Row } from './fake-electric'

export const ENGINES = { ours, upstream } as const
export type EngineName = keyof typeof ENGINES

type Engine = Awaited<ReturnType<ReturnType<typeof ours>['setup']>>['namespaceObj']

const COLUMNS = 'id text PRIMARY KEY, name text, company text, flag boolean, big bigint, data jsonb, tags text[], at timestamptz'
let count = 0
// The client remembers each address for a minute; a new session of a browser would not.
let runs = 0

/** What one sequence works with: a database with a table of its own, a server, and an engine between them. */
export class Bench {
  readonly pg: PGlite
  readonly name: EngineName
  readonly table: string
  /** Errors that the engine told of. */
  readonly errors: Error[] = []
  readonly #engine: Engine
  readonly #patience: number
  readonly #ends: (() => void)[] = []

  private constructor(pg: PGlite, name: EngineName, table: string, engine: Engine, patience: number) {
    this.pg = pg
    this.name = name
    this.table = table
    this.#engine = engine
    this.#patience = patience
  }

  /** @param patience for how long a sequence waits for what must come, in ms */
  static async open(pg: PGlite, name: EngineName, patience = 5000, table = `t${++count}`, columns = COLUMNS): Promise<Bench> {
    await pg.exec(`CREATE TABLE IF NOT EXISTS ${table} (${columns})`)
    // Upstream knows none of our further options and takes no offence at them.
    const { namespaceObj } = await ENGINES[name]().setup(pg)
    return new Bench(pg, name, table, namespaceObj as Engine, patience)
  }

  server(...pages: Row[][]) {
    return new FakeElectric(`${this.table}-h1`, pages)
  }

  /** Starts syncing; ended with the bench at the latest. */
  async sync(server: FakeElectric, options: Partial<ScopedShapeOptions> = {}) {
    const subscription = await this.#engine.syncShapeToTable({ ...this.shape(server), shapeKey: `${this.table}-key`, ...options })
    this.#ends.push(() => subscription.unsubscribe())
    return subscription
  }

  /** Starts several shapes by one call. */
  async syncAll(shapes: Record<string, ReturnType<Bench['shape']>>, initialInsertMethod: 'csv' | 'insert' = 'insert') {
    const subscription = await this.#engine.syncShapesToTables({ key: `${this.table}-key`, shapes, initialInsertMethod })
    this.#ends.push(() => subscription.unsubscribe())
    return subscription
  }

  shape(server: FakeElectric, table = this.table) {
    return {
      shape: { url: `http://electric.test/v1/shape`, params: { table: this.table, run: String(++runs) }, fetchClient: server.fetch, backoffOptions: { initialDelay: 10, maxDelay: 50, multiplier: 2 } },
      table,
      primaryKey: ['id'],
      onError: (error: Error) => void this.errors.push(error),
    }
  }

  async rows(columns = 'id, name', table = this.table): Promise<Record<string, unknown>[]> {
    return (await this.pg.query<Record<string, unknown>>(`SELECT ${columns} FROM ${table} ORDER BY id COLLATE "C"`)).rows
  }

  async ids(table = this.table): Promise<string> {
    return (await this.rows('id', table)).map(row => row.id).join(' ')
  }

  /** Waits until the table holds exactly these keys. */
  async untilIds(expected: string, table = this.table) {
    await this.until(async () => await this.ids(table) === expected, async () => `rows "${expected}", but there are "${await this.ids(table)}"`)
  }

  /** Waits until something holds; fails with what was waited for. */
  async until(holds: () => boolean | Promise<boolean>, what: () => string | Promise<string>) {
    const end = Date.now() + this.#patience
    while (!await holds()) {
      if (Date.now() > end) throw new Error(`Waited in vain for ${await what()}`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  close() {
    for (const end of this.#ends) end()
  }
}

export const row = (id: string, more: Row = {}): Row => ({ id, name: `name of ${id}`, company: 'a', flag: 'true', big: '1', data: '{}', tags: '{}', at: '2026-01-02 03:04:05.678901+00', ...more })
