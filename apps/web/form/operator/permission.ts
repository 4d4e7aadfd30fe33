import { DATABASE_USER_HEADER } from '#shared/protocol/sync'
import { READS_PATH } from '#shared/protocol/reads'
import { readAnswer } from '#shared/protocol/answers'

/** Whether who is signed in on this device may see a company's leads. */
export type Permission = 'allowed' | 'signed_out' | 'not_allowed' | 'unreachable'

/** Asks the server for what only who may see leads is told: how many there are. */
export async function askPermission(tenantId: string): Promise<Permission> {
  try {
    const session = await fetch('/api/auth/session')
    if (session.status === 401) return 'signed_out'
    const { user } = await session.json() as { user: { id: string } }
    const params = new URLSearchParams({ params: JSON.stringify([tenantId]) })
    const read = await fetch(`${READS_PATH}/lead-count?${params}`, { headers: { [DATABASE_USER_HEADER]: user.id } })
    if (read.ok && Array.isArray(((await read.json()) as { rows?: unknown }).rows)) return 'allowed'
    if (read.status === 401) return 'signed_out'
    return read.status === 403 || readAnswer(await read.json())?.code === 'not_found' ? 'not_allowed' : 'unreachable'
  }
  catch {
    return 'unreachable'
  }
}
