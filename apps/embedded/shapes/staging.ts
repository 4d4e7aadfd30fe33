// Messages of one shape on their way to its log, until their transactions are complete.
import type { TransactionId } from '../wal/changes.ts'
import { type LogEntry, entryText } from './messages.ts'
import type { Shape } from './shape.ts'

/** Messages of a transaction that are written as one stretch of the log. */
const RUN_CHARS = 64 * 1024
/** What a shape may hold in memory before it writes. */
const WRITE_CHARS = 256 * 1024

interface Run { messages: string[], to: { lsn: number, op: number } }

export class Staging {
  private readonly shape: Shape
  private runs: Run[] = []
  private messages: string[] = []
  private runChars = 0
  private chars = 0
  /** The newest message: whether it is the last of its transaction is not known before that has ended. */
  private held: { entry: LogEntry, transaction: TransactionId } | undefined

  constructor(shape: Shape) {
    this.shape = shape
  }

  add(entry: LogEntry, transaction: TransactionId): void {
    if (this.held) this.push(this.held.entry, this.held.transaction, this.held.transaction.lsn !== transaction.lsn)
    this.held = { entry, transaction }
    if (this.chars >= WRITE_CHARS) this.write()
  }

  /** The transactions added so far are complete: their messages become readable. */
  publish(): void {
    if (this.held) this.push(this.held.entry, this.held.transaction, true)
    this.held = undefined
    this.write()
    if (this.shape.state !== 'void') this.shape.log.publish()
  }

  private push(entry: LogEntry, { lsn }: TransactionId, last: boolean): void {
    const text = entryText(entry, last)
    this.messages.push(text)
    this.runChars += text.length
    this.chars += text.length
    if (!last && this.runChars < RUN_CHARS) return
    this.runs.push({ messages: this.messages, to: { lsn, op: entry.op } })
    this.messages = []
    this.runChars = 0
  }

  private write(): void {
    // A request may have ended the shape while Postgres was being asked; its folder is gone.
    if (this.runs.length && this.shape.state !== 'void') this.shape.log.append(this.runs)
    this.runs = []
    this.chars = this.runChars
  }
}
