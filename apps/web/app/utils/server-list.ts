import type { SyncState } from '#shared/protocol/sync'
import type { ActFailure } from './act-failure'
import type { SyncError } from './sync-summary'

/** What a list's face is told. */
export interface ServerList { count: number, loaded: boolean, complete: boolean, status: SyncState, error: SyncError | undefined, serverOnly: true }

/**
 * The state of a list that is in no local copy, in the words of those that are, so that both have the same faces.
 * @param rows undefined until the server has said
 */
export function serverList(rows: readonly unknown[] | undefined, failure: ActFailure | undefined): ServerList {
  const loaded = rows !== undefined
  const isAway = failure?.code === 'unreachable'
  return {
    count: rows?.length ?? 0, loaded, complete: loaded, serverOnly: true,
    status: isAway ? 'offline' : failure ? 'error' : loaded ? 'live' : 'syncing',
    error: isAway || !failure ? undefined : { code: failure.code ?? 'internal', message: failure.message, next: failure.next },
  }
}
