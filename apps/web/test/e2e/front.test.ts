import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Front } from '../support/front'
import { Replicas } from '../support/replicas'
import { until } from '../support/wait'

// The front is a measuring instrument: one that cannot see three requests would pass every scene.
test('three shape requests in flight at once are seen, and an aborted one counts until it is gone', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  const front = await Front.before(new Replicas([(silent.address() as AddressInfo).port]))
  onTestFinished(async () => {
    await front.stop()
    silent.closeAllConnections()
    silent.close()
  })
  const leave = [1, 2, 3].map((n) => {
    const controller = new AbortController()
    fetch(`${front.origin}/api/shapes/folders?offset=${n}`, { signal: controller.signal }).catch(() => undefined)
    return controller
  })
  await until('all three have come', () => front.requests.length === 3)
  await until('they have been there a while', () => front.longestBeyond(2) > 60)
  leave[0]?.abort()
  await until('one has gone', () => front.requests.filter(r => r.to === undefined).length === 2)
  const seen = front.longestBeyond(2)
  await until('time goes on', () => front.longestBeyond(1) > seen + 60)
  expect(front.longestBeyond(2)).toBe(seen)
  expect(front.longestBeyond(3)).toBe(0)
})
