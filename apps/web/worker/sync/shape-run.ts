import type { ShapeProgress, ShapeSubscription } from '../apply'
import type { ShapeEngine } from '../apply/engine'
import type { ShapeTransport } from '../transport/shape-transport'
import { readRefusal, type Refusal } from './refusal'
import type { StatusTable } from './status'
import type { WantedShape } from './wanted'

export interface RunEvents {
  onApplied: (shape: WantedShape, progress: ShapeProgress) => void
  onRefused: (shape: WantedShape, refusal: Refusal) => void
}

/** One wanted shape from its start to its stop: keeps its status rows true and passes on what others must know. */
export class ShapeRun {
  readonly shape: WantedShape
  /** Resolves when the status says what is here already. */
  readonly opened: Promise<void>
  readonly #subscription: Promise<ShapeSubscription>

  constructor(shape: WantedShape, engine: ShapeEngine, transport: ShapeTransport, status: StatusTable, events: RunEvents) {
    this.shape = shape
    const { definition, key, company, scope } = shape
    const address = { shape: definition.name, ...(company !== null && { company }) }
    status.set(shape, { state: 'connecting', code: null, sentence: null })
    this.#subscription = engine.sync({
      shape: { url: transport.url(address), fetchClient: transport.fetchClient(address, estimate => status.set(shape, { estimate })) },
      table: definition.localTable,
      primaryKey: [definition.primaryKey],
      shapeKey: key,
      scope: { column: definition.column, value: scope },
      onApplied: (progress) => {
        const { rows, complete, upToDate } = progress
        status.set(shape, {
          rows, complete, state: upToDate ? 'live' : 'syncing', code: null, sentence: null, ...(upToDate && { lastSyncedAt: new Date() }),
        })
        events.onApplied(shape, progress)
      },
      onError: (error) => {
        const refusal = readRefusal(error)
        status.set(shape, { state: 'error', ...refusal })
        events.onRefused(shape, refusal)
      },
    })
    this.opened = this.#subscription.then(
      ({ progress }) => {
        if (progress.rows > 0 || progress.complete) status.set(shape, progress)
      },
      (error: unknown) => status.set(shape, { state: 'error', code: 'apply_failed', sentence: `The local copy could not be opened: ${String(error)}` }),
    )
  }

  retry(): void {
    this.#subscription.then(subscription => subscription.retry(), () => undefined)
  }

  /** Resolves when nothing of the shape is being written any more. */
  async stop(): Promise<void> {
    const subscription = await this.#subscription.catch(() => undefined)
    await subscription?.stop()
  }
}
