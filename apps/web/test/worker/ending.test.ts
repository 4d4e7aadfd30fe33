import { expect, test } from 'vitest'
import { Ending } from '../../worker/ending'

function bench() {
  const said: string[] = []
  let closes = 0
  let closed = () => {}
  const ending = new Ending({
    close: () => new Promise((resolve) => {
      closes++
      closed = resolve
    }),
    say: reason => said.push(reason),
  })
  const turn = () => new Promise(resolve => setTimeout(resolve, 0))
  return { ending, said, turn, closed: () => closed(), closes: () => closes }
}

test('several refusals at once close once, and nothing is said before it is closed', async () => {
  const { ending, said, turn, closed, closes } = bench()
  const first = ending.begin('wrong_user', 'Another person')
  expect(await ending.begin('wrong_user', 'Another person')).toBe(false)
  await turn()
  expect([closes(), said]).toEqual([1, []])
  closed()
  expect(await first).toBe(true)
  await turn()
  expect([closes(), said]).toEqual([1, ['wrong_user']])
})

test('a purge that comes while another end runs deletes nothing and says so', async () => {
  const { ending, said, turn, closed } = bench()
  const first = ending.begin('wrong_user', 'Another person')
  let deleted = false
  const purged = await ending.begin('purged', 'Deleted', async () => {
    deleted = true
  })
  closed()
  await first
  await turn()
  expect([purged, deleted, said]).toEqual([false, false, ['wrong_user']])
})

test('a purge whose deletion fails does not pass for one that was done', async () => {
  const { ending, said, turn, closed } = bench()
  const purge = ending.begin('purged', 'Deleted', () => Promise.reject(new Error('held')))
  closed()
  await expect(purge).rejects.toThrow('held')
  await turn()
  expect(said).toEqual(['failed'])
})

test('a database that never closes does not keep its tabs waiting', async () => {
  const said: string[] = []
  const ending = new Ending({ close: () => new Promise(() => {}), say: reason => said.push(reason), closeLimitMs: 20 })
  expect(await ending.begin('failed', 'Stopped')).toBe(true)
  await new Promise(resolve => setTimeout(resolve, 0))
  expect(said).toEqual(['failed'])
})
