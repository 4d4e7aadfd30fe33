import { worker } from '@electric-sql/pglite/worker'
import { channelName, type FromLeader, type WorkerMeta } from '../apps/web/shared/protocol/leader'
import { lead } from '../apps/web/worker/leader'

// Workers that wait for the election hear of the end too: none of them may open the database again after it.
addEventListener('message', (event: MessageEvent<{ type?: string, options?: { id?: string } }>) => {
  const id = event.data.type === 'init' ? event.data.options?.id : undefined
  if (id === undefined) return
  new BroadcastChannel(channelName(id)).onmessage = ({ data }: MessageEvent<FromLeader>) => {
    if (data.to === 'tabs' && data.kind === 'ended') setTimeout(() => self.close(), 50)
  }
})

void worker({
  async init({ id, meta }) {
    if (id === undefined) throw new Error('The worker needs the name of its database as its id')
    return lead(id, meta as WorkerMeta)
  },
})
