/**
 * Waits for work that cannot be ended and may hang.
 * @throws what the work throws; the signal's reason as soon as that is aborted
 */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return new Promise<T>((resolve, reject) => {
    const over = () => reject(signal.reason as Error)
    if (signal.aborted) return over()
    signal.addEventListener('abort', over, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', over))
  })
}
