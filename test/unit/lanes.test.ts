import { expect, test } from 'vitest'
import { inLanes } from '../../scripts/lib/lanes.mjs'

interface Stage { name: string, lane: string, after?: string[] }

/** Runs stages whose ends the test decides; answers what has begun, and the function that ends a stage. */
function stand(stages: Stage[]) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const all = inLanes(stages, ({ name }) => new Promise<void>((resolve) => {
    begun.push(name)
    ends.set(name, resolve)
  }))
  const settle = () => new Promise(resolve => setImmediate(resolve))
  return { begun, all, settle, end: async (name: string) => {
    ends.get(name)?.()
    await settle()
  } }
}

test('lanes run side by side, and a stage waits for the one before it and for those it names', async () => {
  const { begun, all, settle, end } = stand([
    { name: 'a1', lane: 'a' }, { name: 'b1', lane: 'b' }, { name: 'b2', lane: 'b', after: ['a1'] }, { name: 'a2', lane: 'a' },
  ])
  await settle()
  expect(begun).toEqual(['a1', 'b1'])
  await end('b1')
  expect(begun).toEqual(['a1', 'b1'])
  await end('a1')
  expect(begun.toSorted()).toEqual(['a1', 'a2', 'b1', 'b2'])
  await end('a2')
  await end('b2')
  await all
})

test('a stage that waits for one that was not chosen does not wait for ever', async () => {
  const { begun, settle } = stand([{ name: 'worker', lane: 'a', after: ['build'] }])
  await settle()
  expect(begun).toEqual(['worker'])
})
