export type Row = Record<string, string | null>
interface Message { key?: string, value?: Row, headers: Record<string, unknown> }
interface Batch { offset: string, messages: Message[] }

/** Column types as Electric tells them, which upstream's parser goes by. */
const SCHEMA = {
  id: { type: 'text', pk_index: 0, not_null: true }, name: { type: 'text' }, company: { type: 'text' }, flag: { type: 'bool' },
  big: { type: 'int8' }, data: { type: 'jsonb' }, tags: { type: 'text', dims: 1 }, at: { type: 'timestamptz' },
}

/** One shape as Electric serves it: a snapshot in pages, then a log, each with its offset. */
export class FakeShape {
  handle: string
  #batches: Batch[] = []
  #lsn = 1000
  readonly #changed = new Set<() => void>()

  constructor(handle: string, pages: Row[][]) {
    this.handle = handle
    this.#snapshot(pages)
  }

  /** The server cuts the shape off: whoever asks by an older handle must fetch everything again. */
  rotate(handle: string, pages: Row[][]) {
    this.handle = handle
    this.#snapshot(pages)
    this.#announce()
  }

  /** One transaction in the log. */
  commit(...changes: { operation: 'insert' | 'update' | 'delete', value: Row, lsn?: null }[]) {
    const lsn = String(this.#lsn += 8)
    this.#append({ offset: `${lsn}_${changes.length - 1}`, messages: changes.map(({ operation, value, lsn: none }, at) => ({
      key: `"public"."t"/"${value.id}"`, value,
      headers: { relation: ['public', 't'], operation, ...(none !== null && { lsn, op_position: at, txids: [7], ...(at === changes.length - 1 && { last: true }) }) },
    })) })
  }

  /** An event of a subquery shape, which names no rows. */
  event(name: string) {
    const lsn = String(this.#lsn += 8)
    this.#append({ offset: `${lsn}_0`, messages: [{ headers: { event: name, patterns: [{ pos: 0, value: 'x' }] } }] })
  }

  async answer(asked: URLSearchParams, signal: AbortSignal): Promise<Response> {
    const live = asked.get('live') === 'true'
    const handle = asked.get('handle')
    if (handle !== null && handle !== this.handle) return this.#mustRefetch()
    const offset = asked.get('offset') ?? '-1'
    for (;;) {
      if (handle !== null && handle !== this.handle) return this.#mustRefetch()
      const at = offset === '-1' ? 0 : this.#batches.findIndex(batch => batch.offset === offset) + 1
      const batch = this.#batches[at]
      if (batch) {
        const inSnapshot = batch.offset.startsWith('0_')
        // Electric gives the log up to its end in one answer, the snapshot page by page.
        const rest = inSnapshot ? [batch] : this.#batches.slice(at)
        return this.#respond(rest, !inSnapshot, live)
      }
      if (!live) return this.#respond([{ offset, messages: [] }], true, false)
      await new Promise<void>((resolve, reject) => {
        const giveUp = () => reject(signal.reason)
        this.#changed.add(() => {
          signal.removeEventListener('abort', giveUp)
          resolve()
        })
        signal.addEventListener('abort', giveUp, { once: true })
      })
    }
  }

  /** What a live request is told when it was held for long enough. */
  upToDate(offset: string) {
    return this.#respond([{ offset, messages: [] }], true, true)
  }

  #snapshot(pages: Row[][]) {
    this.#batches = pages.map((rows, at) => ({
      offset: at === pages.length - 1 ? '0_inf' : `0_${at}`,
      messages: rows.map(value => ({ key: `"public"."t"/"${value.id}"`, value, headers: { relation: ['public', 't'], operation: 'insert' } })),
    }))
    this.#batches.at(-1)?.messages.push({ headers: { control: 'snapshot-end', xmin: '700', xmax: '701', xip_list: [] } })
  }

  #append(batch: Batch) {
    this.#batches.push(batch)
    this.#announce()
  }

  #announce() {
    for (const wake of this.#changed) wake()
    this.#changed.clear()
  }

  #mustRefetch() {
    return Response.json([{ headers: { control: 'must-refetch' } }], { status: 409, headers: { 'electric-handle': this.handle } })
  }

  #respond(batches: Batch[], upToDate: boolean, live: boolean) {
    const messages = batches.flatMap(batch => batch.messages)
    if (upToDate) messages.push({ headers: { control: 'up-to-date', global_last_seen_lsn: String(this.#lsn) } })
    return Response.json(messages, { headers: {
      'electric-handle': this.handle,
      'electric-offset': batches.at(-1)?.offset ?? '-1',
      ...(live ? { 'electric-cursor': String(Date.now()) } : { 'electric-schema': JSON.stringify(SCHEMA) }),
      ...(upToDate && { 'electric-up-to-date': '' }),
    } })
  }
}

/** Serves one shape over a `fetch`, with room for what goes wrong on the way. */
export class FakeElectric {
  readonly shape: FakeShape
  /** Every request, in order. */
  readonly requests: URLSearchParams[] = []
  /** Asked before the shape: a Response is given in its place. */
  intercept: (asked: URLSearchParams) => Response | undefined | Promise<Response | undefined> = () => undefined

  constructor(handle: string, pages: Row[][]) {
    this.shape = new FakeShape(handle, pages)
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : input).searchParams
    const signal = init?.signal ?? new AbortController().signal
    this.requests.push(asked)
    const instead = await this.intercept(asked)
    signal.throwIfAborted()
    return instead ?? this.shape.answer(asked, signal)
  }

  /** How often the first page was asked for. */
  get starts() {
    return this.requests.filter(asked => asked.get('offset') === '-1').length
  }
}
