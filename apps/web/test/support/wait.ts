const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/**
 * Asks again until the answer is there.
 * In: what is awaited (for the error), the question (undefined, null or false means not yet), deadline and pace in milliseconds.
 * Out: the first answer. Throws with the last error of the question when the deadline has passed.
 */
export async function until<T>(what: string, ask: () => Promise<T> | T, { deadline = 20_000, every = 50 } = {}): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + deadline
  let last: unknown = 'no answer yet'
  for (;;) {
    try {
      const answer = await within(ask(), Math.max(end - Date.now(), 1_000), what)
      if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>
      last = 'no answer yet'
    }
    catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${deadline} ms (${last instanceof Error ? last.message : String(last)})`)
    await pause(every)
  }
}

/** The promise, or an error once so many milliseconds have passed. */
export async function within<T>(promise: Promise<T> | T, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  }
  finally {
    clearTimeout(timer)
  }
}

/**
 * Holds a statement true for a while: used where a failure would be something that happens late.
 * Throws as soon as the question is not answered with true.
 */
export async function staysTrue(what: string, ask: () => Promise<boolean> | boolean, ms: number): Promise<void> {
  const end = Date.now() + ms
  do {
    if (!await ask()) throw new Error(`${what}: ceased to be so`)
    await pause(50)
  } while (Date.now() < end)
}
