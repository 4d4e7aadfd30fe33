import type { PGlite } from '@electric-sql/pglite'
import type { AnyRead } from '#shared/reads/read'
import { closeMessage, describeMessage, joined, parseMessage, runMessages, syncMessage } from './wire'

/** What of PGlite is used: one entry into it for a whole read, within its own locks. */
export type ReadingPGlite = Pick<PGlite, '_runExclusiveTransaction' | '_runExclusiveQuery' | 'execProtocol' | 'parsers' | 'serializers'>

interface Statement {
  /** '' where the text is parsed anew each time. */
  readonly name: string
  readonly types: readonly number[]
  readonly fields: readonly { readonly name: string, readonly dataTypeID: number }[]
  readonly madeAt: number
}

const UUID = 2950
/** A plan is made for the size that the tables have then, and nothing here tells it that they grew. */
const GOOD_FOR_MS = 10_000
/** The statement is not known any more: another database took the place, or somebody deallocated it. */
const UNKNOWN_STATEMENT = '26000'

/**
 * Runs the texts of reads, prepared and in one message. PGlite's own `query` parses and plans anew and enters the database
 * six times: a folder by its key took 0.26 ms that way and takes 0.035 so, a way of folders 0.49 and 0.04 (measured).
 *
 * A text whose parameters are all keys is planned once; a plan is as good for one key as for another. Any other (a word that is
 * looked for) is planned each time. Nothing is flushed to the device, because nothing was written.
 */
export class PreparedReads {
  readonly #pg: ReadingPGlite
  readonly #current: () => ReadingPGlite
  readonly #statements = new WeakMap<ReadingPGlite, Map<string, Statement>>()

  /**
   * @param pg what a read waits at; it may be another's place holder
   * @param current the database itself, asked for when the read's turn has come
   */
  constructor(pg: ReadingPGlite, current: () => ReadingPGlite = () => pg) {
    this.#pg = pg
    this.#current = current
  }

  /** The rows as `query` gives them. Rejects with the database's error. A name stands for one text. */
  run({ name, sql }: Pick<AnyRead, 'name' | 'sql'>, params: readonly unknown[]): Promise<object[]> {
    // Also the lock of transactions: within an open one the rows would be those that nobody has committed.
    return this.#pg._runExclusiveTransaction(() => {
      const pg = this.#current()
      return pg._runExclusiveQuery(async () => {
        const statements = this.#statements.get(pg) ?? new Map<string, Statement>()
        this.#statements.set(pg, statements)
        try {
          return await this.#execute(pg, statements, name, sql, params)
        }
        catch (error) {
          if (!statements.delete(name) || !(error instanceof Error && 'code' in error && error.code === UNKNOWN_STATEMENT)) throw error
          return this.#execute(pg, statements, name, sql, params)
        }
      })
    })
  }

  async #execute(pg: ReadingPGlite, statements: Map<string, Statement>, name: string, sql: string, params: readonly unknown[]): Promise<object[]> {
    let statement = statements.get(name)
    if (!statement || performance.now() - statement.madeAt > GOOD_FOR_MS) statements.set(name, statement = await prepare(pg, `read:${name}`, sql))
    const { fields, types } = statement
    const values = params.map((value, place) => {
      if (value === null || value === undefined) return null
      const serializer = pg.serializers[types[place] ?? 0]
      return serializer ? serializer(value) : String(value)
    })
    const run = runMessages(statement.name, values)
    const { messages } = await pg.execProtocol(statement.name === '' ? joined([parseMessage('', sql, types), run]) : run, { syncToFs: false })
    const parsers = fields.map(({ dataTypeID }) => pg.parsers[dataTypeID])
    return messages.flatMap((message) => {
      if (!('fields' in message) || message.name !== 'dataRow') return []
      const cells = message.fields as (string | null)[]
      const row: Record<string, unknown> = {}
      for (const [place, field] of fields.entries()) {
        const cell = cells[place] ?? null
        const parser = parsers[place]
        row[field.name] = cell === null || !parser ? cell : parser(cell, field.dataTypeID)
      }
      return [row]
    })
  }
}

async function prepare(pg: ReadingPGlite, name: string, sql: string): Promise<Statement> {
  const { messages } = await pg.execProtocol(joined([closeMessage(name), parseMessage(name, sql), describeMessage(name), syncMessage()]), { syncToFs: false })
  const types = messages.flatMap(message => message.name === 'parameterDescription' && 'dataTypeIDs' in message ? message.dataTypeIDs as number[] : [])
  const fields = messages.flatMap(message => message.name === 'rowDescription' && 'fields' in message ? message.fields as unknown as Statement['fields'] : [])
  return { name: types.every(type => type === UUID) ? name : '', types, fields, madeAt: performance.now() }
}
