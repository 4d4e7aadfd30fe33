import { Refusal } from './http/refusal'

const RETRY_AFTER_SECONDS = '5'

/** Whether requests may be served; start's entry opens, routes ask. */
interface Opening {
  isOpen: boolean
  readonly opened: Promise<void>
  open(): void
}

/** The entry that starts the server and what Nitro built are two bundles in one process: this is what both know. */
const KEY = Symbol.for('multi-vendor-db.opening')
const shared = globalThis as { [KEY]?: Opening }

/** Closes the API until the returned function is called: the schema may not be the newest yet. */
export function beginClosed(): () => void {
  const { promise, resolve } = withResolvers()
  const opening: Opening = {
    isOpen: false,
    opened: promise,
    open() {
      opening.isOpen = true
      resolve()
    },
  }
  shared[KEY] = opening
  return opening.open
}

/** Whether the schema is the newest. Where nobody began closed (in development), all is open. */
export function isOpen(): boolean {
  return shared[KEY]?.isOpen !== false
}

/** Throws `database_unavailable` until the schema is the newest. */
export function requireOpen(): void {
  if (!isOpen()) throw new Refusal('database_unavailable', {}, { 'retry-after': RETRY_AFTER_SECONDS })
}

/** Resolves when the schema is the newest. */
export async function untilOpen(): Promise<void> {
  await shared[KEY]?.opened
}

/** As Promise.withResolvers, which Node 20 has not. */
function withResolvers(): { promise: Promise<void>, resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => { resolve = settle })
  return { promise, resolve }
}
