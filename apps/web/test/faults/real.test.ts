import { afterAll, beforeAll, describe, test } from 'vitest'
import { Stack } from '../support/stack'
import { realStoryOf } from './real/real-story'
import { tellReal } from './real/tell-real'

/** Which seeds; `pnpm faults` sets them. */
const RUNS = Number(process.env.FAULT_RUNS ?? 10)
const FIRST = Number(process.env.FAULT_SEED ?? 1)

describe('whatever happens to real browsers and servers, everybody ends with what is theirs and nothing else', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await Stack.start()
    await stack.script('scripts/seed-demo.ts')
  })
  afterAll(() => stack.stop())

  test.each(Array.from({ length: RUNS }, (_, at) => FIRST + at))('seed %i', async (seed) => {
    await tellReal(stack, realStoryOf(seed))
  }, 240_000)
})
