import { worker } from '@electric-sql/pglite/worker'
import { channelName, type FromLeader, type WorkerMeta } from '#shared/protocol/leader'
import { lead } from './leader'

/** Runs this worker: it waits for its election among the workers of all tabs, and then leads. */
export function run(): void {
  closeAtTheEnd()
  void worker({
    async init({ id, meta }) {
      if (id === undefined) throw new Error('The worker needs the name of its database as its id')
      return lead(id, meta as WorkerMeta)
    },
  })
}

/** Workers that wait for the election hear of the end too: none of them may open the database again after it. */
function closeAtTheEnd(): void {
  self.addEventListener('message', (event: MessageEvent<{ type?: string, options?: { id?: string, meta?: WorkerMeta } }>) => {
    const { id, meta } = event.data.type === 'init' ? event.data.options ?? {} : {}
    if (id === undefined) return
    new BroadcastChannel(channelName(id)).onmessage = ({ data }: MessageEvent<FromLeader>) => {
      if (data.to !== 'tabs' || data.kind !== 'ended') return
      if (data.version !== undefined && data.version !== meta?.page.version) return
      // A moment later, so that what is said last gets through.
      setTimeout(() => self.close(), 50)
    }
  })
}
