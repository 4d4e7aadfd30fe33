import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRetry, type Retry } from '~/utils/retry'

let retry: Retry
let left: boolean
let at: number[]

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  left = true
  at = []
})
afterEach(() => {
  retry.dispose()
  vi.useRealTimers()
})

function begin(attempt: () => Promise<void> = () => Promise.reject(new Error('held'))) {
  retry = createRetry(() => left, () => {
    at.push(Date.now() / 1000)
    return attempt()
  })
  retry.wake()
}

test('what fails is tried with longer pauses, up to a minute, for as long as something is left', async () => {
  begin()
  await vi.advanceTimersByTimeAsync(190_000)
  expect(at).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183])
})

test('it ends when nothing is left, and begins anew only when something is', async () => {
  begin()
  await vi.advanceTimersByTimeAsync(1_000)
  left = false
  await vi.advanceTimersByTimeAsync(600_000)
  retry.wake()
  expect(at).toEqual([0, 1, 3])
  left = true
  retry.wake()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(at.slice(3)).toEqual([601, 602])
})

test('the network coming back ends a long pause', async () => {
  begin()
  await vi.advanceTimersByTimeAsync(40_000)
  window.dispatchEvent(new Event('online'))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(at).toEqual([0, 1, 3, 7, 15, 31, 40, 41])
})

test('a wake in the middle of a try leads to one more, not to two at a time', async () => {
  let finish = () => {}
  begin(() => new Promise((resolve) => { finish = resolve }))
  retry.wake()
  retry.wake()
  expect(at).toHaveLength(1)
  finish()
  await vi.advanceTimersByTimeAsync(0)
  expect(at).toHaveLength(2)
})

test('after its end nothing is tried', async () => {
  begin()
  retry.dispose()
  retry.wake()
  window.dispatchEvent(new Event('online'))
  await vi.advanceTimersByTimeAsync(100_000)
  expect(at).toEqual([0])
})
