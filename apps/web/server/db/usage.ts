import { connections, MOST_CONNECTIONS } from './pool'

/** How the connections of this process are used now. */
export function connectionUse(): { busy: number, idle: number, waiting: number, most: number } {
  const { totalCount, idleCount, waitingCount } = connections()
  return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount, most: MOST_CONNECTIONS }
}
