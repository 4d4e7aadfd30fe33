// A shape's log on disk: messages as JSON, each ended by ",\n", in segments of bounded size, oldest dropped first.
//
//   append* , seal -> staged --publish--> readable --bound exceeded--> cut
//                       |
//                       +--discard (transaction not finished)--> gone
//
// Beside each segment lies an index of fixed-size records, written at publish: what a killed process had staged
// has no record, so it is cut off at the next open and the transaction is decoded again.
import { appendFileSync, existsSync, mkdirSync, openSync, closeSync, readFileSync, readSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type LogOffset, SNAPSHOT_END, compareOffsets } from './offset.ts'

const DELIMITER = ',\n'
const RECORD_BYTES = 32

/** A stretch of messages of one transaction, ending at an offset. */
interface Run { lsn: number, op: number, end: number, committed?: boolean }
interface Segment { number: number, runs: Run[], size: number }

export interface LogBounds {
  /** Bytes of a shape's log before its oldest part is dropped; a larger snapshot allows as much log as itself. */
  maxBytes: number
  /** Bytes of one answer, about. */
  pageBytes: number
}

/** A readable stretch of a segment: whole messages joined by ",\n", without the last delimiter. */
export interface LogSlice { file: string, start: number, end: number, to: LogOffset, reachesEnd: boolean }

export class ShapeLog {
  private readonly segments: Segment[] = []
  private staged: { segment: Segment, run: Run }[] = []
  private readonly folder: string
  private readonly bounds: LogBounds
  private published: LogOffset = SNAPSHOT_END
  private cutAt: LogOffset | undefined
  private maxBytes: number

  /** Opens the log of a folder as the last publish left it, or an empty one. */
  constructor(folder: string, bounds: LogBounds) {
    this.folder = folder
    this.bounds = bounds
    this.maxBytes = bounds.maxBytes
    mkdirSync(folder, { recursive: true })
    this.recover()
  }

  /** Offset of the last published message. */
  get end(): LogOffset {
    return this.published
  }

  /** As long as the log is smaller than the snapshot, reading it is cheaper than starting anew. */
  allow(snapshotBytes: number): void {
    this.maxBytes = Math.max(this.bounds.maxBytes, snapshotBytes)
  }

  /** True when messages after this offset have been dropped: its reader must start anew. */
  isCut(after: LogOffset): boolean {
    return this.cutAt !== undefined && compareOffsets(after, this.cutAt) < 0
  }

  /** Writes runs of messages that are not yet readable. `to` is the offset of a run's last message. */
  append(runs: { messages: string[], to: LogOffset }[]): void {
    let segment = this.segments.at(-1)
    if (!segment || segment.size >= this.maxBytes / 4) {
      segment = { number: (segment?.number ?? 0) + 1, runs: [], size: 0 }
      this.segments.push(segment)
    }
    const texts = runs.map(({ messages }) => messages.join(DELIMITER) + DELIMITER)
    let end = segment.size
    const staged = runs.map(({ to }, index) => {
      end += Buffer.byteLength(texts[index] ?? '')
      return { lsn: to.lsn, op: to.op, end }
    })
    appendFileSync(this.dataFile(segment), texts.join(''))
    segment.size = end
    for (const run of staged) this.staged.push({ segment, run })
  }

  /** Makes everything staged readable, as one. */
  publish(): void {
    const last = this.staged.at(-1)
    if (!last) return
    for (const segment of new Set(this.staged.map(each => each.segment))) {
      const mine = this.staged.filter(each => each.segment === segment)
      const records = Buffer.alloc(RECORD_BYTES * mine.length)
      mine.forEach(({ run }, index) => {
        const at = index * RECORD_BYTES
        records.writeDoubleBE(run.lsn, at)
        records.writeDoubleBE(run.op, at + 8)
        records.writeDoubleBE(run.end, at + 16)
        records.writeDoubleBE(run === last.run ? 1 : 0, at + 24)
      })
      appendFileSync(this.indexFile(segment), records)
      for (const { run } of mine) segment.runs.push(run)
    }
    this.staged = []
    this.published = { lsn: last.run.lsn, op: last.run.op }
    this.cut()
  }

  /** Takes back everything staged. */
  discard(): void {
    this.staged = []
    for (const segment of [...this.segments].reverse()) {
      const size = segment.runs.at(-1)?.end ?? 0
      // Measured, not remembered: a write that failed in the middle has left bytes too.
      if (existsSync(this.dataFile(segment)) && statSync(this.dataFile(segment)).size > size) truncateSync(this.dataFile(segment), size)
      segment.size = size
      if (size) break
    }
  }

  /** What follows an offset, up to about a page; nothing at the end. */
  read(after: LogOffset): LogSlice | undefined {
    for (const segment of this.segments) {
      const last = segment.runs.at(-1)
      if (!last || compareOffsets(last, after) <= 0) continue
      const first = firstAfter(segment.runs, after)
      const runStart = segment.runs[first - 1]?.end ?? 0
      const start = this.startInside(segment, first, runStart, after)
      let to = first
      while (to + 1 < segment.runs.length && (segment.runs[to + 1]?.end ?? 0) - start <= this.bounds.pageBytes) to++
      const run = segment.runs[to]
      if (!run) return undefined
      const offset = { lsn: run.lsn, op: run.op }
      return { file: this.dataFile(segment), start, end: run.end - DELIMITER.length, to: offset, reachesEnd: compareOffsets(offset, this.published) === 0 }
    }
    return undefined
  }

  /** A client may name any message of a run, although we only ever answer with the end of one. */
  private startInside(segment: Segment, index: number, start: number, after: LogOffset): number {
    const run = segment.runs[index]
    if (!run || after.lsn !== run.lsn) return start
    const bytes = Buffer.alloc(run.end - start)
    const file = openSync(this.dataFile(segment), 'r')
    readSync(file, bytes, 0, bytes.length, start)
    closeSync(file)
    let at = start
    for (const text of bytes.toString('utf8').split(DELIMITER)) {
      if (!text) break
      const message = JSON.parse(text) as { headers: { op_position: number } }
      if (message.headers.op_position > after.op) break
      at += Buffer.byteLength(text) + DELIMITER.length
    }
    return at
  }

  private cut(): void {
    let total = this.segments.reduce((sum, segment) => sum + segment.size, 0)
    while (total > this.maxBytes && this.segments.length > 1) {
      const dropped = this.segments.shift()
      if (!dropped) return
      total -= dropped.size
      const last = dropped.runs.at(-1)
      if (last) {
        this.cutAt = { lsn: last.lsn, op: last.op }
        writeFileSync(`${this.cutFile()}.new`, JSON.stringify(this.cutAt))
        renameSync(`${this.cutFile()}.new`, this.cutFile())
      }
      rmSync(this.indexFile(dropped), { force: true })
      rmSync(this.dataFile(dropped), { force: true })
    }
  }

  private recover(): void {
    const numbers = readdirSync(this.folder)
      .map(name => /^log-(\d+)$/.exec(name)?.[1]).filter(number => number !== undefined)
      .map(Number).sort((a, b) => a - b)
    for (const number of numbers) this.segments.push({ number, runs: this.readIndex(number), size: 0 })
    if (existsSync(this.cutFile())) this.cutAt = JSON.parse(readFileSync(this.cutFile(), 'utf8')) as LogOffset
    // Only the last commit's record carries the mark: what lies after it belongs to a transaction half published.
    while (this.segments.length) {
      const segment = this.segments[this.segments.length - 1]
      if (!segment) break
      while (segment.runs.length && !segment.runs.at(-1)?.committed) segment.runs.pop()
      if (segment.runs.length) break
      rmSync(this.indexFile(segment), { force: true })
      rmSync(this.dataFile(segment), { force: true })
      this.segments.pop()
    }
    // One without a run held only what was taken back, or was being cut.
    for (const empty of this.segments.filter(segment => !segment.runs.length)) {
      rmSync(this.indexFile(empty), { force: true })
      rmSync(this.dataFile(empty), { force: true })
      this.segments.splice(this.segments.indexOf(empty), 1)
    }
    for (const segment of this.segments) {
      segment.size = segment.runs.at(-1)?.end ?? 0
      if (statSync(this.dataFile(segment)).size > segment.size) truncateSync(this.dataFile(segment), segment.size)
      truncateSync(this.indexFile(segment), segment.runs.length * RECORD_BYTES)
    }
    const last = this.segments.at(-1)?.runs.at(-1)
    if (last) this.published = { lsn: last.lsn, op: last.op }
    else if (this.cutAt) this.published = this.cutAt
  }

  private readIndex(number: number): Run[] {
    const file = this.indexFile({ number })
    const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
    const runs: Run[] = []
    for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
      runs.push({ lsn: bytes.readDoubleBE(at), op: bytes.readDoubleBE(at + 8), end: bytes.readDoubleBE(at + 16), committed: bytes.readDoubleBE(at + 24) === 1 })
    }
    return runs
  }

  private dataFile(segment: { number: number }): string {
    return path.join(this.folder, `log-${segment.number}`)
  }

  private indexFile(segment: { number: number }): string {
    return path.join(this.folder, `log-${segment.number}.index`)
  }

  private cutFile(): string {
    return path.join(this.folder, 'log-cut.json')
  }
}

/** Index of the first run that ends after the offset. */
function firstAfter(runs: Run[], after: LogOffset): number {
  let low = 0
  let high = runs.length
  while (low < high) {
    const middle = (low + high) >> 1
    const run = runs[middle]
    if (run && compareOffsets(run, after) > 0) high = middle
    else low = middle + 1
  }
  return low
}
