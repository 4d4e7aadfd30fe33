/** The lines of a stream as they become whole; empty ones are left out. */
export async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let pieces = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      pieces += done ? decoder.decode() : decoder.decode(value, { stream: true })
      const whole = pieces.split('\n')
      pieces = done ? '' : whole.pop() ?? ''
      for (const line of whole) if (line !== '') yield line
      if (done) return
    }
  }
  finally {
    reader.releaseLock()
  }
}
