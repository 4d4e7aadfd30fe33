import type { Shape } from '../shapes/shape.ts'

/**
 * Waits until the condition holds or the shape is void (true), or until the time is over or the asker has gone
 * (false). Without a time it waits as long as it takes.
 */
export async function waitFor(shape: Shape, condition: () => boolean, timeoutMs?: number, gone?: AbortSignal): Promise<boolean> {
  if (condition() || shape.state === 'void') return true
  if (gone?.aborted) return false
  return await new Promise<boolean>((resolve) => {
    const finish = (result: boolean): void => {
      clearTimeout(timer)
      unlisten()
      gone?.removeEventListener('abort', give)
      resolve(result)
    }
    const give = (): void => finish(false)
    const timer = timeoutMs === undefined ? undefined : setTimeout(give, timeoutMs)
    const unlisten = shape.listen(() => {
      if (condition() || shape.state === 'void') finish(true)
    })
    gone?.addEventListener('abort', give)
  })
}
