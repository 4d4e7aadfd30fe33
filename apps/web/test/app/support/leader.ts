import type { PGlite } from '@electric-sql/pglite'
import { channelName, liveKey, type FromLeader, type FromTab, type HeldReason, type Question } from '#shared/protocol/leader'
import { reads } from '#shared/reads/index'
import { checkPositional } from '#shared/reads/read'
import { failureOf } from '../../../worker/reads/failure'

interface Live { tab: string, read: string, params: unknown[], version: number }

/**
 * The leader's side of the protocol over a real PGlite, without worker and sync: a test is the sync. `die` is a leader
 * whose tab was closed: it says nothing any more, whatever it was asked.
 */
export class TestLeader {
  readonly live: Live[] = []
  readonly asked: Question[] = []
  readonly #channel: BroadcastChannel
  readonly #pg: PGlite
  readonly #epoch: string
  /** Questions are heard and not answered while this is set. */
  mute = false
  /** Still opening the database: live reads are heard and get no rows. */
  opening = false
  /** Whether the copy holds all that reads need; undefined as long as a leader does not know yet. */
  complete: boolean | undefined = true
  /** What a purge does to the device. */
  onPurge = () => {}
  #dead = false

  constructor(database: string, pg: PGlite, epoch = crypto.randomUUID()) {
    this.#pg = pg
    this.#epoch = epoch
    this.#channel = new BroadcastChannel(channelName(database))
    this.#channel.onmessage = ({ data }: MessageEvent<FromTab | FromLeader>) => {
      if (data.to === 'leader') void this.#hear(data)
    }
    this.#say({ to: 'tabs', kind: 'lead', epoch })
  }

  /** Changes the database as the sync would, then pushes to every live read. */
  async apply(...sql: string[]): Promise<void> {
    await this.#pg.exec(sql.join(';\n'))
    await Promise.all(this.live.map(live => this.#push(live)))
  }

  end(reason: 'wrong_user' | 'purged' | 'failed'): void {
    this.#say({ to: 'tabs', kind: 'ended', reason, message: reason })
    this.die()
  }

  /** As a leader that still waits for the files says it: before its `lead`. */
  static sayHeld(database: string, why?: HeldReason): void {
    const channel = new BroadcastChannel(channelName(database))
    channel.postMessage({ to: 'tabs', kind: 'held', ...(why && { why }) } satisfies FromLeader)
    channel.close()
  }

  die(): void {
    this.#dead = true
    this.live.length = 0
    this.#channel.onmessage = null
    this.#channel.close()
  }

  #say(message: FromLeader): void {
    if (!this.#dead) this.#channel.postMessage(message)
  }

  async #push(live: Live): Promise<void> {
    if (this.opening) return
    const { tab, read, params } = live
    const outcome = await this.#read(read, params).then(rows => ({ rows, complete: this.complete }), (error: unknown) => ({ failure: failureOf(error) }))
    this.#say({ to: 'tabs', kind: 'rows', epoch: this.#epoch, live: liveKey(read, params), tab, push: { version: ++live.version, ...outcome } })
  }

  async #read(name: string, params: unknown[]): Promise<object[]> {
    const read = reads[name]
    if (!read) throw new Error(`no read ${name}`)
    return (await this.#pg.query<object>(read.sql, checkPositional(read, params))).rows
  }

  async #hear(message: FromTab): Promise<void> {
    const { tab } = message
    if (message.kind === 'subscribe') {
      const live = { tab, read: message.read, params: message.params, version: 0 }
      // Said again by a tab that heard `lead` late: one subscription all the same.
      this.#forget(tab, liveKey(message.read, message.params))
      this.live.push(live)
      await this.#push(live)
    }
    else if (message.kind === 'unsubscribe') {
      this.#forget(tab, liveKey(message.read, message.params))
    }
    else if (message.kind === 'ask') {
      const { id } = message
      this.asked.push(message.question)
      if (this.mute) return
      try {
        this.#say({ to: 'tabs', kind: 'answer', epoch: this.#epoch, tab, id, rows: await this.#answer(message.question) })
      }
      catch (error) {
        this.#say({ to: 'tabs', kind: 'answer', epoch: this.#epoch, tab, id, failure: { message: String(error), sqlstate: '42P01' } })
      }
    }
  }

  #forget(tab: string, key: string): void {
    const place = this.live.findIndex(live => live.tab === tab && liveKey(live.read, live.params) === key)
    if (place >= 0) this.live.splice(place, 1)
  }

  async #answer(question: Question): Promise<object[]> {
    if (question.kind === 'query') return (await this.#pg.query<object>(question.sql, question.params)).rows
    if (question.kind === 'read') return this.#read(question.read, question.params)
    if (question.kind === 'purge') {
      this.onPurge()
      setTimeout(() => this.end('purged'), 0)
    }
    return []
  }
}
