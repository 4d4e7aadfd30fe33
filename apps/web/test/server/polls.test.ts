import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { findShape, type BoundShape } from '../../server/shapes/definition'
import { pollFor } from '../../server/shapes/polls'
import { staysTrue, until } from '../support/wait'
import { standForServer } from './support/app'
import { BareElectric, shape } from './support/bare-electric'

// The polls of the server alone: what is asked here is which of its waiters keep one, and no request shows that.
let electric: BareElectric
let answer: () => void
let isOpen: () => boolean

beforeAll(async () => {
  electric = await BareElectric.start()
  standForServer(electric.url)
})
beforeEach(() => {
  electric.does((_, socket) => {
    isOpen = () => !socket.destroyed
    answer = () => shape(socket)
  })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await electric.stop()
})

const asked = () => until('Electric was asked', () => electric.requests.length === 1)
const nobody = () => undefined
/** A poll that nobody waits for is kept for 1 s. */
const KEPT_MS = 1_000

let person = 0
/** A shape of nobody before, so that no poll of another test is joined. Its answer, at 0_0, is news to who stands before it. */
const poll = () => pollFor(bound(), { handle: 'h-1', offset: '0_1' })
const bound = (): BoundShape => ({ definition: findShape('folders'), scopeId: `00000000-0000-4000-8000-${String(++person).padStart(12, '0')}` })

test('a poll whose last waiter left twice is still there for the one who came after', async () => {
  const one = poll()
  // One request that names a shape twice waits once and leaves twice.
  const leave = [one.join(nobody), one.join(nobody)]
  await asked()
  for (const left of leave) left()
  for (const left of leave) left()
  let told = 0
  one.join(() => told++)
  await staysTrue('Electric is still being asked', () => isOpen(), KEPT_MS + 500)
  answer()
  // It was elsewhere than at the end: what happened since is asked for once more, as a live question.
  await until('Electric was asked live', () => electric.requests.length === 2)
  answer()
  await until('the waiter is told', () => told === 1)
  expect(one.settled).toMatchObject({ status: 200 })
})

test('a poll that everyone has left is given up, after a while in which who comes back finds it', async () => {
  const one = poll()
  const leave = one.join(nobody)
  await asked()
  leave()
  const back = one.join(nobody)
  await staysTrue('Electric is still being asked', () => isOpen(), KEPT_MS + 500)
  back()
  await until('Electric is not asked any more', () => !isOpen())
  expect(one.settled).toBeUndefined()
})
