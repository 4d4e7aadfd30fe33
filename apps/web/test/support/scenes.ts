import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { Stack } from './stack'

/** Some scenes: given the way to the stack, they define their tests. */
export type Scenes = (stack: () => Stack) => void

/** Scenes of one file share one stack and run one after another; each makes people and companies of its own. */
export function describeScenes(about: string, all: readonly Scenes[]): void {
  describe(about, () => {
    let started: Stack | undefined
    const stack = () => {
      if (!started) throw new Error('the stack did not start')
      return started
    }

    beforeAll(async () => {
      started = await Stack.start()
      await started.script('scripts/seed-demo.ts')
    })
    beforeEach(async () => { await started?.mend() })
    afterAll(async () => { await started?.stop() })

    for (const scenes of all) scenes(stack)
  })
}
