import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { Stack } from '../support/stack'
import { authorityScenes } from './scenes/authority'
import { changeScenes } from './scenes/changes'
import { connectionScenes } from './scenes/connection'
import { firstPaintScenes } from './scenes/first-paint'
import { firstSyncScenes } from './scenes/first-sync'
import { importScenes } from './scenes/imports'
import { onboardingScenes } from './scenes/onboarding'
import { restartScenes } from './scenes/restart'
import { searchScenes } from './scenes/search'
import { signOutScenes } from './scenes/sign-out'
import { tabScenes } from './scenes/tabs'
import { workspacePageScenes } from './scenes/workspace-pages'

// The scenes share one stack and run one after another; each makes people and companies of its own.
describe('the read road in a real browser', () => {
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

  firstPaintScenes(stack)
  firstSyncScenes(stack)
  changeScenes(stack)
  tabScenes(stack)
  connectionScenes(stack)
  restartScenes(stack)
  authorityScenes(stack)
  searchScenes(stack)
  signOutScenes(stack)
  onboardingScenes(stack)
  importScenes(stack)
  workspacePageScenes(stack)
})
