// Electric's protocol in front of a PostgreSQL, whoever runs that.
import path from 'node:path'
import { Engine } from './engine.ts'
import { StackError } from './errors.ts'
import { ShapeServer } from './http/server.ts'
import type { Timing } from './http/timing.ts'
import type { Source } from './postgres/source.ts'

const MEGABYTE = 1024 * 1024
const HOUR_MS = 60 * 60_000
/** Everybody who is here has two of their own. Where fewer are kept than are watched, each that comes pushes another out, which is fetched anew and pushes out the next. */
const MAX_SHAPES = 25_000

export interface ShapeOptions extends Partial<Timing> {
  /** Port of /v1/shape; 0 takes any free one. */
  port: number
  /** Everything that is kept; made where it does not exist. */
  dataDir: string
  /** What a request must carry. Exactly one of `secret` and `insecure`. */
  secret?: string
  insecure?: boolean
  /** Bytes of a snapshot page and of a page of the log. */
  snapshotPageBytes?: number
  /** Bytes kept of each shape's log, or as many as its snapshot has where that is larger. */
  logMaxBytes?: number
  /** How long a shape is kept that nobody asks for; an hour where none is given. */
  shapeIdleMs?: number
  /** How many shapes are kept, the most recently asked for; 25,000 where none is given. */
  maxShapes?: number
}

export type Undo = (() => Promise<void> | void)[]

/** Starts it and resolves once it answers. What ends it again is put at the front of `undo`, also when it fails. */
export async function serveShapes(source: Source, options: ShapeOptions, undo: Undo): Promise<{ engine: Engine, server: ShapeServer }> {
  const engine = new Engine({
    source,
    shapesFolder: path.join(options.dataDir, 'shapes'),
    bounds: { pageBytes: options.snapshotPageBytes ?? 10 * MEGABYTE, maxBytes: options.logMaxBytes ?? 64 * MEGABYTE },
    retention: { idleMs: options.shapeIdleMs ?? HOUR_MS, maxShapes: options.maxShapes ?? MAX_SHAPES },
  })
  undo.unshift(() => engine.stop())
  const server = new ShapeServer({ engine, timing: timingOf(options), ...(options.insecure ? {} : { secret: options.secret ?? '' }) })
  await server.listen(options.port)
  undo.unshift(() => server.close())
  await engine.start()
  return { engine, server }
}

/** Runs every step, whatever the others do; then throws the first failure. */
export async function runAll(steps: Undo): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    }
    catch (error) {
      failures.push(error)
    }
  }
  if (failures.length) throw failures[0]
}

/** Throws a StackError unless it is said who may ask. */
export function checkSecret({ secret, insecure }: ShapeOptions): void {
  if (secret === '') throw new StackError('empty_secret', 'The secret is empty, which would let everyone in: give one with --secret, or say --insecure.')
  if (secret === undefined && !insecure) throw new StackError('no_secret', 'Give a secret with --secret, or say --insecure to answer anyone on this machine.')
  if (secret !== undefined && insecure) throw new StackError('secret_and_insecure', '--secret and --insecure exclude each other: give one of them.')
}

function timingOf(options: ShapeOptions): Timing {
  return {
    longPollMs: options.longPollMs ?? 20_000,
    offsetPastEndMs: options.offsetPastEndMs ?? 10_000,
    postgresWaitMs: options.postgresWaitMs ?? 5_000,
    sseKeepAliveMs: options.sseKeepAliveMs ?? 21_000,
    sseTimeoutMs: options.sseTimeoutMs ?? 60_000,
  }
}
