import { applyPieces, rowChanges } from '#shared/protocol/row-changes'
import { positional, type Read, type ReadParams, type SchemaObject } from '#shared/reads/read'
import { forgetComplete, hintOf } from './complete-hint'
import type { PGliteClient } from './pglite-client'
import { isLeaseEnd } from './lease-end'
import type { PGliteError } from './pglite-error'
import type { LastAnswers } from './last-answers'
import type { ServerReads } from './server-reads'

/** Where rows came from; undefined while there are none yet. `last`: what the local database said when the page was here before. */
export type RowSource = 'local' | 'server' | 'last'

/** Who may answer. */
export interface FollowSources {
  userId: string
  server: ServerReads
  /** What was answered when the page was here before, and where answers are noted; undefined until the device's name for it is known. */
  answers: () => LastAnswers | undefined
}

export interface FollowListener<Row extends SchemaObject> {
  rows: (rows: readonly Row[], source: RowSource) => void
  failed: (error: PGliteError) => void
}

/** How long a database that was here before has to say whether it holds everything, before the server is asked too. */
const OPENING_MS = 2_000
/** An empty local list that is not complete is no answer while the server may still give one; but not for longer. */
const EMPTY_MS = 3_000

interface Local<Row> { rows: readonly Row[], complete: boolean | undefined }

/**
 * One read of a page, from whoever can answer it: the server first where the local copy is not complete, then the local
 * copy, in place and for good.
 *
 *   hinted ── not complete, or no word in time ──▶ asking ── the server's rows ──▶ server
 *     │                                              │                               │
 *     └──────────── complete ────────────▶ local ◀───┴───────── complete ────────────┘
 *
 * While not complete: the server's rows where it gave any, else the local ones as they come. Offline only the local ones.
 * Until the first of these the last answer is shown, where there is one; what says the same then is not given again.
 */
export class FollowedRead<Params extends ReadParams, Row extends SchemaObject> {
  readonly #read: Read<Params, Row>
  readonly #params: Params
  readonly #values: unknown[]
  readonly #server: ServerReads
  readonly #answers: () => LastAnswers | undefined
  readonly #listener: FollowListener<Row>
  #local: Local<Row> | undefined
  #remote: readonly Row[] | undefined
  #last: readonly Row[] | undefined
  #hinted: boolean
  /** The server may still give the first answer. */
  #pending = false
  #ended = false
  #leaveLocal = () => {}
  #leaveServer: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #given: readonly Row[] | undefined
  #shown: readonly Row[] = []

  constructor(read: Read<Params, Row>, params: Params, { userId, server, answers }: FollowSources, listener: FollowListener<Row>) {
    this.#read = read
    this.#params = params
    this.#values = positional(read, params)
    this.#server = server
    this.#answers = answers
    this.#listener = listener
    this.#answers()?.recall(read, this.#values, (rows) => {
      if (this.#given) return
      this.#last = rows as Row[]
      this.#show()
    })
    const hint = read.localOnly ? 'yes' : hintOf(userId, read, this.#values)
    this.#hinted = hint === 'yes'
    if (hint === 'no') this.#ask()
    if (hint !== 'wait') return
    this.#pending = true
    this.#later(OPENING_MS, () => this.#ask())
  }

  /** The local database is there now, open or still opening. */
  attach(client: PGliteClient): void {
    if (this.#ended) return
    this.#leaveLocal()
    this.#leaveLocal = client.subscribe(this.#read, this.#params, {
      rows: (rows, complete) => this.#hear({ rows, complete }),
      failed: (error) => {
        this.#last = undefined
        if (isLeaseEnd(error)) this.#forget()
        // Nothing of this person may be shown any longer, or nothing comes from here: the server's rows stay for the second.
        else if (error.code !== 'failed' && error.code !== 'unsupported' && error.code !== 'query_failed') this.#silence()
        else if (!this.#read.localOnly) this.#ask()
        this.#listener.failed(error)
      },
    })
  }

  end(): void {
    this.#ended = true
    this.#leaveLocal()
    this.#silence()
  }

  #hear(local: Local<Row>): void {
    this.#local = local
    if (local.complete) {
      this.#answers()?.keep(this.#read, this.#values, local.rows)
      this.#silence()
    }
    else if (local.complete === false && !this.#leaveServer) {
      // What was noted is no longer so: the copy was made anew.
      if (this.#hinted) forgetComplete()
      this.#hinted = false
      this.#ask()
    }
    this.#show()
  }

  #ask(): void {
    if (this.#ended || this.#leaveServer || this.#read.localOnly) return
    clearTimeout(this.#timer)
    this.#pending = true
    this.#later(EMPTY_MS, () => {
      this.#pending = false
      this.#show()
    })
    this.#leaveServer = this.#server.follow(this.#read.name, this.#values, {
      rows: (rows) => {
        this.#pending = false
        this.#remote = rows as Row[]
        this.#show()
      },
      failed: (_, final) => {
        this.#pending = false
        if (final && (this.#remote ?? this.#last)) {
          this.#remote = undefined
          this.#last = undefined
          this.#local ??= { rows: [], complete: undefined }
        }
        this.#show()
      },
    })
  }

  #silence(): void {
    clearTimeout(this.#timer)
    this.#pending = false
    this.#remote = undefined
    this.#leaveServer?.()
    if (this.#local?.complete) this.#leaveServer = undefined
  }

  /** Nothing is given any more that was known before; it begins anew with what the leader says next. */
  #forget(): void {
    this.#silence()
    this.#leaveServer = undefined
    this.#local = undefined
    this.#given = undefined
    this.#shown = []
  }

  #show(): void {
    if (this.#ended) return
    const [rows, source] = this.#best()
    if (!rows || rows === this.#given) return
    this.#given = rows
    if (source !== 'last') this.#last = undefined
    this.#shown = keepEqual(this.#shown, rows)
    this.#listener.rows(this.#shown, source)
  }

  #best(): [readonly Row[] | undefined, RowSource] {
    if (this.#remote) return [this.#remote, 'server']
    const local = this.#local
    if (this.#last && !local?.complete && (this.#pending || !local?.rows.length)) return [this.#last, 'last']
    const isAnswer = local && (local.complete || local.rows.length > 0 || !this.#pending)
    return [isAnswer ? local.rows : undefined, 'local']
  }

  #later(ms: number, act: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(act, ms)
  }
}

/** Comparing more rows than this would take longer than painting what is on the screen of them. */
const COMPARED = 10_000

/**
 * The new rows, with the objects of before wherever a row says the same: who holds one of them holds it still. The very
 * list of before where all of it says the same, so that nothing is painted anew.
 */
function keepEqual<Row extends SchemaObject>(before: readonly Row[], after: readonly Row[]): readonly Row[] {
  if (before.length === 0 || after.length > COMPARED) return after
  const { same, pieces } = rowChanges(before, after)
  return same ? before : applyPieces(before, pieces)
}
