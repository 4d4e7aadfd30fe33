/** How far the reading of lines is. */
export interface Reading {
  /** A line has begun to come and is not whole yet. */
  isInLine: boolean
}

/** The lines of a stream as they become whole; empty ones are left out, and so is a last one that nothing ends: it was cut off. */
export async function* lines(body: ReadableStream<Uint8Array>, reading: Reading = { isInLine: false }): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let begun = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      // Only what is new is searched: a line of 10 MB comes in hundreds of pieces.
      const [first = '', ...more] = decoder.decode(value, { stream: true }).split('\n')
      const whole = [begun + first, ...more]
      begun = whole.pop() ?? ''
      reading.isInLine = begun !== ''
      for (const line of whole) if (line !== '') yield line
    }
  }
  finally {
    reader.releaseLock()
  }
}
