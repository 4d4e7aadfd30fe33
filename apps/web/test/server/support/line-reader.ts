import { expect } from 'vitest'
import type { Heartbeat, LiveBatch, StreamEnd } from '../../../shared/protocol/sync'
import { until } from '../../support/wait'
import { SECRETS } from './app'

export type Line = LiveBatch | Heartbeat | StreamEnd

/** The lines of a stream, read as they come. Every one is searched for secrets. */
export class LineReader {
  readonly status: number
  readonly headers: Headers
  readonly lines: { line: Line, at: number }[] = []
  ended = false
  #text = ''
  readonly #leaving: AbortController

  constructor(response: Response, leaving: AbortController) {
    this.status = response.status
    this.headers = response.headers
    this.#leaving = leaving
    void this.#read(response).catch(() => undefined).finally(() => { this.ended = true })
  }

  get text(): string {
    return this.#text
  }

  /** The lines about shapes. */
  get batches(): LiveBatch[] {
    return this.lines.flatMap(({ line }) => 'shape' in line ? [line] : [])
  }

  get heartbeats(): number[] {
    return this.lines.flatMap(({ line, at }) => 'heartbeat' in line ? [at] : [])
  }

  get end(): StreamEnd | undefined {
    return this.lines.map(({ line }) => line).find((line): line is StreamEnd => 'end' in line)
  }

  /** Waits for the first batch that is as told. */
  batch(what: string, is: (batch: LiveBatch) => boolean): Promise<LiveBatch> {
    return until(what, () => this.batches.find(is))
  }

  leave(): void {
    this.#leaving.abort()
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder()
    let begun = ''
    for await (const piece of response.body ?? []) {
      const text = decoder.decode(piece as Uint8Array, { stream: true })
      this.#text += text
      for (const secret of SECRETS) expect(this.#text.includes(secret), 'a secret in a stream').toBe(false)
      const whole = (begun + text).split('\n')
      begun = whole.pop() ?? ''
      for (const line of whole) if (line) this.lines.push({ line: JSON.parse(line) as Line, at: performance.now() })
    }
  }
}
