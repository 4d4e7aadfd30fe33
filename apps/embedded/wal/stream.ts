// The write-ahead log as a stream of transactions.
//
//   stopped --run--> connecting --replicationStart--> streaming --connection lost, or receiver failed--> stopped
//
// It never retries by itself: whoever calls `run` decides when, from the place the slot has confirmed.
import { LogicalReplicationService, PgoutputPlugin, type Pgoutput } from 'pg-logical-replication'
import { type ChangeReceiver, type ResetReason, type RowChange, type TextRow, type TransactionPart, formatLsn, parseLsn } from './changes.ts'
import type { Names } from '../postgres/names.ts'
import { REWRITE_MESSAGE, SCHEMA_MESSAGE } from './publication.ts'

/** Rows handed over at once. Enough to make one query pay, small enough to keep a transaction of any size out of memory. */
const BATCH_ROWS = 2_000
const BATCH_CHARS = 4 * 1024 * 1024
const STATUS_INTERVAL_MS = 5_000

/**
 * Settings of every session whose output reaches a client: what Electric 1.7.12 prints. Names mean Postgres' own
 * unless they say their schema.
 */
export const OUTPUT_SETTINGS = '-c TimeZone=UTC -c DateStyle=ISO,MDY -c IntervalStyle=iso_8601 -c bytea_output=hex -c extra_float_digits=1 -c search_path=pg_catalog'

type Tuple = Record<string, string | null | undefined>

/** The decoder parses values into JavaScript types by default; we pass on what Postgres printed. */
class TextPlugin extends PgoutputPlugin {
  override parse(buffer: Buffer): Pgoutput.Message {
    const message = super.parse(buffer)
    if (message.tag === 'relation') for (const column of message.columns) column.parser = (text: string) => text
    return message
  }
}

export class WalStream {
  private readonly receiver: ChangeReceiver
  private readonly names: Names
  private service: LogicalReplicationService | undefined
  private timer: NodeJS.Timeout | undefined
  private parts: TransactionPart[] = []
  private current: TransactionPart | undefined
  private rows = 0
  private chars = 0
  private ops = 0
  /** End of the last complete transaction received; confirmed once it has been dispatched. */
  private ended = 0
  private onStop: () => void = () => {}
  private handling: Promise<void> = Promise.resolve()
  private received = 0
  private handled = 0
  private confirmed = 0

  constructor(receiver: ChangeReceiver, names: Names) {
    this.receiver = receiver
    this.names = names
  }

  /**
   * Streams until the connection ends or the receiver fails; then rejects with the reason, or resolves after
   * `stop`. `confirmed` is what the slot has confirmed so far; `onStart` is called once Postgres has begun to send.
   */
  async run(connectionString: string, confirmed: number, onStart: () => void): Promise<void> {
    this.forget()
    // Also said while the first transaction is still coming: a receiver that is silent for a minute is cut off.
    this.confirmed = confirmed
    const service = new LogicalReplicationService(
      { connectionString, options: OUTPUT_SETTINGS },
      // Its own acknowledging confirms what was received, not what was kept: 0 turns it off.
      { acknowledge: { auto: false, timeoutSeconds: 0 }, flowControl: { enabled: true } })
    this.service = service
    const plugin = new TextPlugin({ protoVersion: 1, publicationNames: [this.names.publication], messages: true })
    const parse = plugin.parse.bind(plugin)
    plugin.parse = (buffer: Buffer) => {
      this.received++
      return parse(buffer)
    }
    let failure: unknown
    service.on('start', onStart)
    service.on('data', async (_lsn: string, message: Pgoutput.Message) => {
      // After a failure nothing more may pass: the library goes on with the next message.
      if (failure !== undefined || this.service !== service) return
      try {
        this.handling = this.receive(message)
        await this.handling
        this.handled++
      }
      catch (error) {
        failure = error
        void this.stop()
      }
    })
    service.on('heartbeat', (lsn: string, _time: number, respond: boolean) => {
      // With nothing on its way to us, all log up to here holds nothing of ours and need not be kept.
      if (!this.parts.length && this.received === this.handled) this.confirmed = Math.max(this.confirmed, parseLsn(lsn))
      if (respond) this.acknowledge()
    })
    service.on('error', (error: unknown) => { failure ??= error })
    this.timer = setInterval(() => this.acknowledge(), STATUS_INTERVAL_MS)
    try {
      // Stopped while it is still connecting, the library's promise may never settle.
      const stopped = new Promise<void>((resolve) => { this.onStop = resolve })
      await Promise.race([service.subscribe(plugin, this.names.slot, '0/0'), stopped])
    }
    catch (error) {
      failure ??= error
    }
    finally {
      const asked = this.service !== service
      await this.stop()
      // What the receiver has begun it must end, or the next run would meet it in the middle.
      await this.handling.catch(() => {})
      if (failure === undefined && !asked) failure = new Error('the replication connection ended')
    }
    if (failure !== undefined) throw failure
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    const service = this.service
    this.service = undefined
    this.onStop()
    // Ending a connection whose server is gone may never answer.
    await Promise.race([service?.destroy().catch(() => {}), new Promise(resolve => setTimeout(resolve, 1_000).unref())])
  }

  private forget(): void {
    this.parts = []
    this.current = undefined
    this.rows = 0
    this.chars = 0
    this.ended = 0
    this.received = 0
    this.handled = 0
    this.confirmed = 0
  }

  private acknowledge(): void {
    if (this.confirmed === 0) return
    // The library adds one to what it is given.
    void this.service?.acknowledge(formatLsn(this.confirmed - 1)).catch(() => {})
  }

  private async receive(message: Pgoutput.Message): Promise<void> {
    switch (message.tag) {
      case 'begin':
        this.ops = 0
        this.current = { transaction: { lsn: parseLsn(message.commitLsn ?? '0/0'), xid: message.xid >>> 0 }, changes: [], ends: false }
        this.parts.push(this.current)
        return
      case 'insert':
        return await this.add({ kind: 'insert', table: message.relation.relationOid, op: this.ops++, new: rowOf(message.new) })
      case 'update':
        if (!message.old) return await this.reset(message.relation.relationOid, 'old_row_missing')
        return await this.add({ kind: 'update', table: message.relation.relationOid, op: this.ops++, old: rowOf(message.old), new: rowOf(message.new) })
      case 'delete':
        if (!message.old) return await this.reset(message.relation.relationOid, 'old_row_missing')
        return await this.add({ kind: 'delete', table: message.relation.relationOid, op: this.ops++, old: rowOf(message.old) })
      case 'truncate':
        for (const relation of message.relations) await this.reset(relation.relationOid, 'truncate')
        return
      case 'message':
        if (message.prefix !== SCHEMA_MESSAGE && message.prefix !== REWRITE_MESSAGE) return
        return await this.reset(Number(Buffer.from(message.content).toString('utf8')), message.prefix === REWRITE_MESSAGE ? 'rewrite' : 'schema')
      case 'commit':
        if (this.current) this.current.ends = true
        this.current = undefined
        this.ended = parseLsn(message.commitEndLsn ?? '0/0')
        // Alone it goes on at once; a burst of small transactions goes on together, for one question to Postgres.
        if (this.received === this.handled + 1) await this.flush()
        return
      default:
    }
  }

  private async add(change: RowChange): Promise<void> {
    this.current?.changes.push(change)
    this.rows++
    if (change.kind !== 'delete') this.chars += sizeOf(change.new)
    if (change.kind !== 'insert') this.chars += sizeOf(change.old)
    if (this.rows >= BATCH_ROWS || this.chars >= BATCH_CHARS) await this.flush()
  }

  private async reset(table: number, why: ResetReason): Promise<void> {
    if (!this.current) return
    await this.flush()
    await this.receiver.tableReset(table, why, this.current.transaction)
  }

  private async flush(): Promise<void> {
    const parts = this.parts
    const ended = this.ended
    if (this.current) this.current = { ...this.current, changes: [] }
    this.parts = this.current ? [this.current] : []
    this.rows = 0
    this.chars = 0
    // What has ended is published first, by itself: confirmed below, Postgres never sends it again, and an abort of the
    // unfinished transaction behind it must not take it along.
    const unfinished = parts.at(-1)?.ends ? [] : parts.splice(-1)
    if (parts.length) await this.receiver.dispatch(parts)
    if (unfinished.length) await this.receiver.dispatch(unfinished)
    this.confirmed = Math.max(this.confirmed, ended)
  }
}

function sizeOf(row: TextRow): number {
  let size = 0
  for (const name in row) size += row[name]?.length ?? 4
  return size
}

// An unchanged value stored out of line arrives as `undefined` only when the old row lacks it too.
function rowOf(tuple: Record<string, unknown>): TextRow {
  const row = tuple as Tuple
  for (const name in row) row[name] ??= null
  return row as TextRow
}
