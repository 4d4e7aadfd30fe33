import { expect, test } from 'vitest'
import { Questions } from '../../worker/channel/questions'

/** Questions whose answers the test holds in its hand. */
function held() {
  const questions = new Questions()
  const begun: string[] = []
  const finish: (() => void)[] = []
  const ask = (tab: string, id: number) => questions.add(tab, id, () => new Promise((resolve) => {
    begun.push(`${tab}${id}`)
    finish.push(resolve)
  }))
  /** Ends the running question and waits until the next has begun, or none is left. */
  const next = async () => {
    finish.shift()?.()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return { questions, begun, ask, next }
}

test('a question that is forgotten while it waits is never begun', async () => {
  const { questions, begun, ask, next } = held()
  for (const id of [1, 2, 3]) ask('a', id)
  questions.forget('a', 2)
  await next()
  await next()
  expect(begun).toEqual(['a1', 'a3'])
})

test('one that is forgotten while the one before it still computes is not begun either', async () => {
  const questions = new Questions()
  const begun: number[] = []
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => questions.forget('a', 2)
  questions.add('a', 1, async () => {
    begun.push(1)
    // As PGlite does it: the thread is taken, and what was posted meanwhile waits for it.
    port2.postMessage(undefined)
    const until = performance.now() + 20
    while (performance.now() < until);
  })
  questions.add('a', 2, async () => { begun.push(2) })
  await new Promise(resolve => setTimeout(resolve, 50))
  port1.close()
  expect(begun).toEqual([1])
})

test('a tab with many questions keeps another waiting for one of them only', async () => {
  const { begun, ask, next } = held()
  for (const id of [1, 2, 3]) ask('a', id)
  ask('b', 1)
  for (let n = 0; n < 3; n++) await next()
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3'])
})

test('what a tab that went still waited for is not begun, and the others go on', async () => {
  const { questions, begun, ask, next } = held()
  ask('a', 1)
  ask('a', 2)
  ask('b', 1)
  questions.release('a')
  await next()
  expect(begun).toEqual(['a1', 'b1'])
})

test('a question that is asked again while it waits is answered once', async () => {
  const { begun, ask, next } = held()
  ask('a', 1)
  ask('a', 2)
  ask('a', 2)
  await next()
  await next()
  expect(begun).toEqual(['a1', 'a2'])
})
