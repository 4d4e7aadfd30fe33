// Electric's own client, unchanged, following shapes of the table that the writers change.
import { FetchError, type Message, Shape, ShapeStream, type ShapeStreamOptions, isChangeMessage, isControlMessage } from '@electric-sql/client'
import type pg from 'pg'
import { TABLE } from './writers.ts'

interface Definition {
  name: string
  /** What the client asks for. */
  params: NonNullable<ShapeStreamOptions['params']>
  /** The same, asked of Postgres. */
  columns: string
  where: string
  sse?: boolean
}

const ALL = 'id, company, n, body, flag, doc, tags, deleted_at::text AS deleted_at'

export const DEFINITIONS: Definition[] = [
  { name: 'all rows', params: {}, columns: ALL, where: 'true' },
  { name: 'all rows, replica=full', params: { replica: 'full' }, columns: ALL, where: 'true' },
  ...[0, 1, 2].map(company => ({
    name: `company ${company}`, params: { where: 'company = $1', params: [String(company)] }, columns: ALL, where: `company = ${company}`,
  })),
  { name: 'not deleted, some columns', params: { where: 'deleted_at IS NULL AND n > $1', params: { 1: '50' }, columns: ['id', 'n', 'flag'] }, columns: 'id, n, flag', where: 'deleted_at IS NULL AND n > 50' },
  { name: 'an expression', params: { where: `lower(body) LIKE '%1%' OR doc ->> 'k' = '3'` }, columns: ALL, where: `lower(body) LIKE '%1%' OR doc ->> 'k' = '3'` },
  { name: 'company 1, as events', params: { where: 'company = $1', params: ['1'], replica: 'full' }, columns: ALL, where: 'company = 1', sse: true },
]

export class Follower {
  readonly name: string
  /** What the client gave up on, and what it should never have been sent. */
  readonly errors: unknown[] = []
  private readonly present = new Set<string>()
  private readonly definition: Definition
  private readonly shape: Shape

  constructor(definition: Definition, url: string, secret: string, signal: AbortSignal) {
    this.name = definition.name
    this.definition = definition
    const stream = new ShapeStream({
      url: `${url}/v1/shape`,
      params: { table: TABLE, secret, ...definition.params },
      signal,
      liveSse: definition.sse ?? false,
      // A stack that is being restarted is back within a second or two.
      backoffOptions: { initialDelay: 50, maxDelay: 400, multiplier: 1.5 },
      onError: (error) => {
        // An answer that was cut off by a kill is for the application to ask for again.
        if (error instanceof FetchError && error.status < 400) return {}
        this.errors.push(error)
        return undefined
      },
    })
    this.shape = new Shape(stream)
    // An event stream that breaks is asked for again from where it began: there, repeats are right.
    if (!definition.sse) stream.subscribe(messages => this.follow(messages))
  }

  /**
   * A change sent twice, or to a row that was never sent, would still end in the right rows, mostly. It means that
   * snapshot and log were not joined exactly.
   */
  private follow(messages: Message[]): void {
    for (const message of messages) {
      if (isControlMessage(message) && message.headers.control === 'must-refetch') this.present.clear()
      if (!isChangeMessage(message)) continue
      const { key, headers: { operation } } = message
      const known = this.present.has(key)
      if (known === (operation === 'insert')) this.errors.push(new Error(`${operation} of a row that is ${known ? 'there already' : 'not there'}: ${JSON.stringify(message)}`))
      if (operation === 'delete') this.present.delete(key)
      else this.present.add(key)
    }
  }

  /** How the client's rows differ from Postgres', or nothing. */
  async difference(client: pg.ClientBase): Promise<string | undefined> {
    if (this.errors.length) return String(this.errors[0])
    const { rows } = await client.query<Record<string, unknown>>(`SELECT ${this.definition.columns} FROM ${TABLE} WHERE ${this.definition.where}`)
    const wanted = byId(rows)
    const got = byId(this.shape.currentRows)
    for (const [id, row] of wanted) if (got.get(id) !== row) return `${this.shape.isUpToDate ? '' : 'not up to date; '}row ${JSON.stringify(id)} is ${got.get(id) ?? 'missing'}, in Postgres ${row}`
    for (const [id, row] of got) if (!wanted.has(id)) return `row ${JSON.stringify(id)} is not in Postgres: ${row}`
    return got.size === this.shape.currentRows.length ? undefined : 'two rows have one key'
  }
}

function byId(rows: Record<string, unknown>[]): Map<unknown, string> {
  return new Map(rows.map(row => [row['id'], JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))]))
}
