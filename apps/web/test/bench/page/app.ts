import * as instruments from './instruments'

declare global {
  /** In the pages that are measured. */
  var instruments: typeof import('./instruments')
}
globalThis.instruments = instruments
