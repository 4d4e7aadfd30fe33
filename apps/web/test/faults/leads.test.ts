import { afterAll, beforeAll, describe, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { Stack } from '../support/stack'
import type { RealStory } from './real/real-story'
import { tellReal } from './real/tell-real'

/** What costs leads where anything does: answers that are lost, kills at the promise and in the erasure, a day without a network. */
const story: RealStory = {
  roles: ['owner', 'guest'],
  folders: 4,
  steps: [
    { do: 'wait', ms: 4_000 },
    { do: 'kill-one-server' },
    { do: 'act', act: 'lead-add', company: 0, which: 0, other: 0, text: 'plain' },
    { do: 'wait', ms: 4_000 },
    { do: 'kill-servers' },
  ],
  tablet: [
    { do: 'lose', times: 3 },
    { do: 'enter', text: 'plain', phone: '', presses: 2, isAwaited: true, after: 0, end: 'none' },
    { do: 'enter', text: 'with\ttab', phone: '+43 1 234', presses: 1, isAwaited: true, after: 60, end: 'kill' },
    { do: 'enter', text: 'new\nline', phone: '', presses: 1, isAwaited: true, after: 150, end: 'kill' },
    { do: 'unplug', told: true },
    { do: 'enter', text: '\\N', phone: '', presses: 1, isAwaited: true, after: 0, end: 'kill' },
    { do: 'enter', text: '"quoted"', phone: '', presses: 1, isAwaited: false, after: 0, end: 'kill' },
    { do: 'plug-in' },
    { do: 'type', text: 'plain', phone: '' },
    { do: 'other-tab' },
    { do: 'enter', text: '✓ 漢字', phone: '', presses: 1, isAwaited: true, after: 0, end: 'close' },
  ],
}

describe('a tablet that is killed at every turn', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await Stack.start()
    await stack.script('scripts/seed-demo.ts')
  })
  afterAll(() => stack.stop())

  test('has each lead that it promised with the company once, and nothing of any on it', { tags: [SOAK], timeout: 240_000 }, () => tellReal(stack, story))
})
