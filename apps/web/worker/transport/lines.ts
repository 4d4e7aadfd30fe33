/** The lines of a stream as they become whole; empty ones are left out. */
export async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let begun = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      // Only what is new is searched: a line of 10 MB comes in hundreds of pieces.
      const [first = '', ...more] = (done ? decoder.decode() : decoder.decode(value, { stream: true })).split('\n')
      const whole = [begun + first, ...more]
      begun = done ? '' : whole.pop() ?? ''
      for (const line of whole) if (line !== '') yield line
      if (done) return
    }
  }
  finally {
    reader.releaseLock()
  }
}
