// The rows of a shape at one moment, written to page files as they are read: memory stays bounded by one batch.
import { closeSync, openSync, writeSync } from 'node:fs'
import type pg from 'pg'
import { quoteIdentifier, quotedName, type Column } from './relation.ts'
import { selectedColumns } from './definition.ts'
import { snapshotEnd } from './messages.ts'
import type { Shape } from './shape.ts'

const FIRST_BATCH_ROWS = 100
const MAX_BATCH_ROWS = 5_000
const BATCH_CHARS = 1024 * 1024

/**
 * Reads the shape's rows in the client's open transaction and writes its pages of about `pageBytes`, telling the
 * shape of each. Rejects with Postgres' error when the where cannot be evaluated.
 */
export async function writeSnapshot(client: pg.ClientBase, shape: Shape, pageBytes: number): Promise<void> {
  if (!shape.snapshot) throw new Error('a snapshot is written in a transaction whose bounds are known')
  const page = new PageWriter(shape, pageBytes)
  try {
    const where = shape.definition.where
    const conditions = [where ? `(${where.sql})` : 'true', ...(shape.definition.changesOnly ? ['false'] : [])]
    const text = `DECLARE shape_rows NO SCROLL CURSOR FOR SELECT ${rowExpression(shape)} AS row FROM ONLY ${quotedName(shape.relation)} WHERE ${conditions.join(' AND ')}`
    await client.query(text, where?.params ?? [])
    let rows = FIRST_BATCH_ROWS
    for (;;) {
      const batch = await client.query<{ row: string }>(`FETCH ${rows} FROM shape_rows`)
      if (shape.state === 'void') return
      let chars = 0
      for (const { row } of batch.rows) {
        chars += row.length
        page.add(row)
      }
      if (batch.rows.length < rows) break
      // Rows differ in width by orders of magnitude: aim at a batch of about a megabyte.
      rows = Math.max(1, Math.min(MAX_BATCH_ROWS, Math.round(rows * BATCH_CHARS / Math.max(chars, 1))))
    }
    page.add(snapshotEnd(shape.snapshot))
    page.close()
    shape.finish()
  }
  finally {
    page.abandon()
  }
}

/** Collects rows into page files; each is a whole JSON array, so that serving it is sending the file. */
class PageWriter {
  private readonly shape: Shape
  private readonly pageBytes: number
  private file: number | undefined
  private pending: string[] = []
  private pendingChars = 0
  private written = 0

  constructor(shape: Shape, pageBytes: number) {
    this.shape = shape
    this.pageBytes = pageBytes
  }

  add(message: string): void {
    const size = this.written + this.pendingChars
    if (size && size + message.length > this.pageBytes) this.close()
    this.pending.push(message)
    this.pendingChars += message.length
    if (this.pendingChars >= 256 * 1024) this.flush()
  }

  close(): void {
    this.flush()
    if (this.file === undefined) return
    writeSync(this.file, ']')
    closeSync(this.file)
    this.file = undefined
    this.written = 0
    this.shape.pageWritten()
  }

  abandon(): void {
    if (this.file !== undefined) closeSync(this.file)
    this.file = undefined
  }

  private flush(): void {
    if (!this.pending.length) return
    this.file ??= openSync(this.shape.pageFile(this.shape.pages), 'w')
    this.written += writeSync(this.file, (this.written ? ',' : '[') + this.pending.join(','))
    this.pending = []
    this.pendingChars = 0
  }
}

// Postgres writes the JSON itself: nothing is parsed or quoted again on the way.
function rowExpression(shape: Shape): string {
  const { relation } = shape
  const key = relation.keyColumns.map((name) => {
    const column = quoteIdentifier(name)
    return `coalesce('/"' || replace(${outputText(column)}, '/', '//') || '"', '/_')`
  }).join(' || ')
  const values = selectedColumns(relation, shape.definition).map((column, index) =>
    `${literal(`${index ? ',' : ''}${JSON.stringify(column.name)}:`)} || coalesce(to_json(${castText(column)})::text, 'null')`)
  const headers = `},"headers":{"relation":${JSON.stringify([relation.schema, relation.name])},"operation":"insert"}}`
  return [
    literal('{"key":'), `to_json(${literal(quotedName(relation))} || ${key})::text`, literal(',"value":{'), ...values, literal(headers),
  ].join(' || ')
}

/** What the type's output function prints: the spelling of the log. Row keys must be spelt alike in both. */
function outputText(expression: string): string {
  return `CASE WHEN ${expression} IS NOT NULL THEN format('%s', ${expression}) END`
}

/** What a cast to text gives, as Electric's snapshots: `true` for a boolean, `10.0.0.1/32` for an address. */
function castText(column: Column): string {
  const name = quoteIdentifier(column.name)
  // The cast of char(n) drops its padding, which Electric keeps.
  return column.typeName === 'bpchar' && !column.dimensions ? outputText(name) : `${name}::text`
}

function literal(text: string): string {
  return `'${text.replaceAll('\'', '\'\'')}'`
}
