import { environment } from '../environment'

/**
 * Waits until an answer has gone out. One that takes long was allowed when it began: it is looked at again in the rhythm of
 * held requests, and cut as soon as something of it is allowed no more.
 * @param sent resolves when all of it was taken, or its connection has ended
 * @param look throws where it may not go on
 * @param cut ends the connection
 */
export async function goingOut(sent: Promise<unknown>, look: () => Promise<unknown>, cut: () => void): Promise<void> {
  const timer = setInterval(() => { look().catch(cut) }, environment().LIVE_RECHECK_SECONDS * 1000)
  try {
    await sent
  }
  finally {
    clearInterval(timer)
  }
}
