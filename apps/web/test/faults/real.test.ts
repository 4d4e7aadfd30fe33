import { afterAll, beforeAll, describe, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { Stack } from '../support/stack'
import { realStoryOf } from './real/real-story'
import { tellReal } from './real/tell-real'

/** How many of the seeds from 1 on; `pnpm faults` tells more. */
const STORIES = 10

describe('whatever happens to real browsers and servers, everybody ends with what is theirs and nothing else', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await Stack.start()
    await stack.script('scripts/seed-demo.ts')
  })
  afterAll(() => stack.stop())

  test.each(Array.from({ length: STORIES }, (_, at) => at + 1))('seed %i', { tags: [SOAK], timeout: 240_000 }, async (seed) => {
    await tellReal(stack, realStoryOf(seed))
  })
})
