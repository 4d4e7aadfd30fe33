import type { ShapeProgress, ShapeSubscription } from '../apply'
import type { ShapeEngine } from '../apply/engine'
import { Pause } from '../transport/pause'
import type { ShapeTransport } from '../transport/shape-transport'
import { readRefusal, type Refusal } from './refusal'
import type { StatusTable } from './status'
import type { WantedShape } from './wanted'

export interface RunEvents {
  onApplied: (shape: WantedShape, progress: ShapeProgress) => void
  onRefused: (shape: WantedShape, refusal: Refusal) => void
}

/**
 * One wanted shape from its start to its stop: keeps its status rows true and passes on what others must know. Where the
 * local copy cannot be opened (a full disk) it is tried again, until the shape is stopped.
 */
export class ShapeRun {
  readonly shape: WantedShape
  /** Resolves when the status says what is here already, or that it could not be opened yet. */
  readonly opened: Promise<void>
  readonly #engine: ShapeEngine
  readonly #transport: ShapeTransport
  readonly #status: StatusTable
  readonly #events: RunEvents
  readonly #ended = new AbortController()
  readonly #pause = new Pause()
  readonly #subscription: Promise<ShapeSubscription | undefined>

  constructor(shape: WantedShape, engine: ShapeEngine, transport: ShapeTransport, status: StatusTable, events: RunEvents) {
    this.shape = shape
    this.#engine = engine
    this.#transport = transport
    this.#status = status
    this.#events = events
    status.set(shape, { state: 'connecting', code: null, sentence: null })
    const first = this.#open()
    this.opened = first.then(() => undefined)
    this.#subscription = this.#untilOpen(first)
  }

  retry(): void {
    this.#pause.wake()
    void this.#subscription.then(subscription => subscription?.retry())
  }

  /** Resolves when nothing of the shape is being written any more. */
  async stop(): Promise<void> {
    this.#ended.abort()
    const subscription = await this.#subscription
    await subscription?.stop()
  }

  async #untilOpen(first: Promise<ShapeSubscription | undefined>): Promise<ShapeSubscription | undefined> {
    let subscription = await first
    while (!subscription) {
      await this.#pause.wait(this.#ended.signal)
      if (this.#ended.signal.aborted) return undefined
      subscription = await this.#open()
    }
    return subscription
  }

  /** Opens the local copy and begins to sync; nothing where it cannot be opened now. */
  async #open(): Promise<ShapeSubscription | undefined> {
    try {
      const subscription = await this.#begin()
      const { rows, complete, changed, offset } = subscription.progress
      // What an earlier leader said of its age is not so of a copy that was begun anew.
      this.#status.set(this.shape, { rows, complete, offset: offset ?? null, ...(!complete && { lastSyncedAt: null }) })
      if (changed) this.#events.onApplied(this.shape, { rows, complete, changed, upToDate: false })
      return subscription
    }
    catch (error) {
      this.#status.set(this.shape, { state: 'error', code: 'apply_failed', sentence: `The local copy could not be opened: ${String(error)}` })
      return undefined
    }
  }

  #begin(): Promise<ShapeSubscription> {
    const { shape } = this
    const { definition, key, company, scope } = shape
    const address = { shape: definition.name, ...(company !== null && { company }) }
    return this.#engine.sync({
      shape: {
        url: this.#transport.url(address),
        fetchClient: this.#transport.fetchClient(address, estimate => this.#status.set(shape, { estimate })),
      },
      table: definition.localTable,
      primaryKey: [definition.primaryKey],
      shapeKey: key,
      scope: { column: definition.column, value: scope },
      // What must go is told by these rows: a device that is full has to hear it above all.
      askForRoom: definition.name !== 'memberships',
      onApplied: (progress) => {
        const { rows, complete, upToDate, offset = null } = progress
        this.#status.set(shape, {
          rows, complete, offset, state: upToDate ? 'live' : 'syncing', code: null, sentence: null, ...(upToDate && { lastSyncedAt: new Date() }),
        })
        this.#events.onApplied(shape, progress)
      },
      onError: (error) => {
        const refusal = readRefusal(error)
        this.#status.set(shape, { state: 'error', ...refusal })
        this.#events.onRefused(shape, refusal)
      },
    })
  }
}
