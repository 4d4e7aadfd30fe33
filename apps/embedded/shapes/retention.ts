// Which shapes are kept: one costs disk, and work at every change of its table, whether anybody reads it or not.
//
//   asked for, being written, being read --idleMs without any of these, or least recently asked for beyond maxShapes--> dropped
//
// Its handle is unknown from then on: who comes back with it is told to fetch anew.
import { log } from '../logging.ts'
import { messageOf } from '../errors.ts'
import type { ShapeRegistry } from './registry.ts'

export interface RetentionBounds {
  /** How long a shape is kept that nobody asks for, in ms. */
  idleMs: number
  /** How many shapes are kept. Those being read are never dropped, so there may be more of them. */
  maxShapes: number
}

const SWEEP_AT_LEAST_MS = 10
const SWEEP_AT_MOST_MS = 60_000

export class Retention {
  private readonly registry: ShapeRegistry
  private readonly bounds: RetentionBounds
  private timer: NodeJS.Timeout | undefined
  private soon: NodeJS.Immediate | undefined

  constructor(registry: ShapeRegistry, bounds: RetentionBounds) {
    this.registry = registry
    this.bounds = bounds
  }

  start(): void {
    const every = Math.max(SWEEP_AT_LEAST_MS, Math.min(SWEEP_AT_MOST_MS, this.bounds.idleMs / 4))
    this.timer = setInterval(() => this.sweep(), every)
    this.timer.unref()
  }

  stop(): void {
    clearInterval(this.timer)
    clearImmediate(this.soon)
  }

  /**
   * A shape was made: there may be one too many. Not in this turn: between finding a shape and holding it a request
   * takes no more than promise callbacks, so a sweep in a turn of its own never comes between the two.
   */
  made(): void {
    this.soon ??= setImmediate(() => {
      this.soon = undefined
      if (this.registry.size > this.bounds.maxShapes) this.sweep()
    })
  }

  private sweep(): void {
    const idleSince = performance.now() - this.bounds.idleMs
    let surplus = this.registry.size - this.bounds.maxShapes
    for (const shape of this.registry.leastRecentFirst()) {
      if (surplus <= 0 && shape.askedAt > idleSince) return
      if (shape.readers || shape.state === 'writing') continue
      try {
        this.registry.end(shape)
      }
      catch (error) {
        // It is out of the registry; what is left of its folder goes at the next start.
        log.warn(`The files of a dropped shape could not be removed: ${messageOf(error)}`)
      }
      surplus--
    }
  }
}
