import { BroadcastChannel as NodeBroadcastChannel } from 'node:worker_threads'
import { Locks } from '../../support/locks'

/** What happy-dom lacks of a browser and the page cannot do without: BroadcastChannel (Node's own) and Web Locks. */
Object.assign(globalThis, { BroadcastChannel: NodeBroadcastChannel })
// A test in Node's own environment has no navigator and needs none.
if (typeof navigator !== 'undefined') Object.defineProperty(navigator, 'locks', { configurable: true, value: new Locks() })
