import { PGlite } from '@electric-sql/pglite'
import { worker } from '@electric-sql/pglite/worker'

/** Thrown outside of it, where the page hears of it: PGlite's own way keeps to itself that it could not begin. */
function tell(error: unknown): never {
  setTimeout(() => { throw error })
  throw error
}

await worker({ init: () => PGlite.create('memory://').catch(tell) })
