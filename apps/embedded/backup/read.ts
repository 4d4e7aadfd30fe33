// Reading a backup file from its first line to its last, in pieces.
import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { StackError } from '../errors.ts'
import { END_OF_ROWS, type Header, readEnd, readHeader, readSummary, refusals, type Summary, type Table, tableLine } from './format.ts'

/** Longer than any line that is not rows. */
const LINE_BYTES = 1024 * 1024
const PIECE_BYTES = 64 * 1024
/** In rows a backslash is written twice, so that this stands at their end only. */
const MARK = Buffer.from(`\n${END_OF_ROWS}`)

/** What is done with the rows of a table; all of them must be taken. Out: how many it were, where that is known. */
export type TakeRows = (table: Table, index: number, rows: AsyncGenerator<Buffer, void>) => Promise<number | undefined>

export interface Reading {
  /** Called before any row is handed out; what it throws ends the reading. */
  begin?: (header: Header) => Promise<void> | void
  take: TakeRows
  /** Bytes of the file that were read, of all. */
  onProgress?: (done: number, of: number) => void
}

/**
 * Reads a whole file and holds it against its checksums.
 * @throws a StackError `backup_foreign`, `backup_newer`, `backup_cut`, `backup_altered` or `backup_missing`, and what `begin` and `take` throw
 */
export async function readBackup(file: string, { begin, take, onProgress }: Reading): Promise<{ header: Header, summary: Summary }> {
  const content = new Content(file, onProgress)
  try {
    const header = readHeader(await content.line(), file)
    await begin?.(header)
    const counted: { rows: number | undefined, sha256: string }[] = []
    for (const [index, table] of header.tables.entries()) {
      if (`${await content.line()}\n` !== tableLine(table)) throw refusals.altered(file)
      const hash = createHash('sha256')
      const rows = await take(table, index, content.rows(hash))
      counted.push({ rows, sha256: hash.digest('hex') })
    }
    const summary = readSummary(await content.line(), file)
    const whole = content.digest()
    if (readEnd(await content.line(), file) !== whole) throw refusals.altered(file)
    await content.end()
    const same = summary.tables.length === counted.length
      && counted.every(({ rows, sha256 }, index) => sha256 === summary.tables[index]?.sha256 && (rows === undefined || rows === summary.tables[index].rows))
    if (!same) throw refusals.altered(file)
    return { header, summary }
  }
  finally {
    content.close()
  }
}

/** Reads a file for its checksums only. */
export async function verifyBackup(file: string, options: Omit<Reading, 'take'> = {}): Promise<{ header: Header, summary: Summary }> {
  return await readBackup(file, {
    ...options,
    take: async (_table, _index, rows) => {
      for await (const _ of rows) { /* only hashed */ }
      return undefined
    },
  })
}

class Content {
  private readonly file: string
  private readonly size: number
  private readonly gunzip = createGunzip({ chunkSize: PIECE_BYTES })
  private readonly pieces: AsyncIterator<Buffer>
  private readonly whole = createHash('sha256')
  private rest: Buffer = Buffer.alloc(0)
  private unpacked = 0

  constructor(file: string, onProgress: Reading['onProgress']) {
    this.file = file
    this.size = sizeOf(file)
    const source = createReadStream(file, { highWaterMark: 256 * 1024 })
    source.on('data', () => onProgress?.(source.bytesRead, this.size))
    // Whatever ends it comes out where the pieces are taken.
    pipeline(source, this.gunzip, () => {})
    this.pieces = this.gunzip[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** A line without its end. */
  async line(): Promise<string> {
    let at = this.rest.indexOf(10)
    while (at < 0) {
      if (this.rest.length > LINE_BYTES) throw this.unpacked === this.rest.length ? refusals.foreign(this.file) : refusals.altered(this.file)
      const piece = await this.next()
      if (!piece) throw refusals.cut(this.file)
      this.rest = Buffer.concat([this.rest, piece])
      at = this.rest.indexOf(10)
    }
    const line = this.rest.subarray(0, at)
    this.whole.update(this.rest.subarray(0, at + 1))
    this.rest = this.rest.subarray(at + 1)
    return line.toString('utf8')
  }

  /** The rows from here to their end, which is taken too. */
  async* rows(hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer, void> {
    // As if a line had just ended, so that a table without rows ends like any other.
    let held: Buffer = Buffer.from('\n')
    let start = 1
    for (;;) {
      const piece = this.rest.length ? this.rest : await this.next()
      if (!piece) throw refusals.cut(this.file)
      this.rest = Buffer.alloc(0)
      const seen = Buffer.concat([held, piece])
      const mark = seen.indexOf(MARK)
      // The mark may have begun in the last bytes.
      const until = mark < 0 ? seen.length - MARK.length + 1 : mark + 1
      if (until > start) {
        const rows = seen.subarray(start, until)
        hash.update(rows)
        this.whole.update(rows)
        yield rows
      }
      if (mark >= 0) {
        this.whole.update(END_OF_ROWS)
        this.rest = seen.subarray(mark + MARK.length)
        return
      }
      if (until > start) {
        held = seen.subarray(until)
        start = 0
      }
      else held = seen
    }
  }

  /** The checksum of everything that was taken until now. */
  digest(): string {
    return this.whole.copy().digest('hex')
  }

  /** Throws where anything follows. */
  async end(): Promise<void> {
    if (this.rest.length || await this.next()) throw refusals.altered(this.file)
    // The unpacker is silent about bytes behind the end of what was packed.
    if (this.gunzip.bytesWritten !== this.size) throw refusals.altered(this.file)
  }

  close(): void {
    this.gunzip.destroy()
  }

  private async next(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await this.pieces.next()
      if (done) return undefined
      this.unpacked += value.length
      return value
    }
    catch (error) {
      throw this.sentenceOf(error)
    }
  }

  private sentenceOf(error: unknown): unknown {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'Z_BUF_ERROR') return refusals.cut(this.file)
    if (code.startsWith('Z_')) return this.unpacked === 0 ? refusals.foreign(this.file) : refusals.altered(this.file)
    return code === '' ? error : new StackError('backup_missing', `${this.file} cannot be read (${code}): give a file that pnpm embedded:backup has made.`)
  }
}

function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) throw new StackError('backup_missing', `There is no file ${file}.`)
  if (!found.isFile()) throw new StackError('backup_missing', `${file} is not a file: give one that pnpm embedded:backup has made.`)
  if (found.size === 0) throw refusals.foreign(file)
  return found.size
}
