import fc from 'fast-check'
import { ACTS, ROLES, type Act, type Role } from '../story/story'
import { tabletSteps, type TabletStep } from './tablet-story'

/** A story for real browsers: what happens, and to whom. Plain data, as the simulated ones. */
export interface RealStory {
  roles: Role[]
  folders: number
  steps: RealStep[]
  /** At the same time, at the tablet that stands at the first company's form. */
  tablet: TabletStep[]
}

export type RealStep =
  | { do: 'act', act: Act, company: number, which: number, other: number, text: string }
  /** The cable is out: the browser knows (`told`), or finds out. */
  | { do: 'unplug', browser: number, told: boolean }
  | { do: 'plug-in', browser: number }
  /** What is in flight is cut off, and new requests go through. */
  | { do: 'cut-off', browser: number }
  /** So many answers break off after so many bytes. */
  | { do: 'tear', browser: number, times: number, after: number }
  /** Each request waits so long. */
  | { do: 'slow', browser: number, ms: number }
  | { do: 'refuse', browser: number, status: 500 | 503 | 429 | 403 | 407 }
  | { do: 'hold-back', browser: number }
  /** Each line of what is live comes twice. */
  | { do: 'repeat', browser: number }
  /** The browser gives so many bytes more and then none. */
  | { do: 'fill', browser: number, room: number }
  /** The app comes with another local schema version: what is here is taken over, or fetched again. */
  | { do: 'upgrade', browser: number, version: number }
  /** The road is as it should be again. */
  | { do: 'calm', browser: number }
  | { do: 'reload' | 'second-tab' | 'close-first-tab' | 'kill-browser', browser: number }
  /** All servers, one of them while the other serves, or what is behind them. */
  | { do: 'kill-servers' | 'kill-one-server' | 'kill-stack' }
  | { do: 'wait', ms: number }

const browser = fc.nat({ max: 1 })
const small = fc.nat({ max: 1000 })
// An expired session needs a person who signs in again; the scenes of sign-in show that.
const acts = ACTS.filter(act => !act.startsWith('session-'))
const act = (some: readonly Act[]) => fc.record({
  do: fc.constant('act' as const), act: fc.constantFrom(...some), company: fc.constant(0), which: small, other: small,
  text: fc.constantFrom('plain', 'with\ttab', '\\N', 'new\nline', '', '✓ 漢字', '"quoted"'),
})

const step: fc.Arbitrary<RealStep> = fc.oneof(
  { weight: 10, arbitrary: act(acts) },
  { weight: 3, arbitrary: act(['role', 'leave', 'rejoin', 'company-delete', 'company-restore']) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unplug' as const), browser, told: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('plug-in' as const, 'cut-off' as const, 'calm' as const), browser }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tear' as const), browser, times: fc.integer({ min: 1, max: 4 }), after: fc.nat({ max: 5000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('slow' as const), browser, ms: fc.nat({ max: 700 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), browser, status: fc.constantFrom(500 as const, 503 as const, 429 as const, 403 as const, 407 as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('hold-back' as const, 'repeat' as const), browser }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fill' as const), browser, room: fc.nat({ max: 2_000_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('upgrade' as const), browser, version: fc.nat({ max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('reload' as const, 'second-tab' as const, 'close-first-tab' as const, 'kill-browser' as const), browser }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('kill-servers' as const, 'kill-one-server' as const, 'kill-stack' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 500 }) }) },
)

const stories: fc.Arbitrary<RealStory> = fc.record({
  roles: fc.constantFrom(...ROLES).map((second): Role[] => ['owner', second]),
  folders: fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 80 }) }, { weight: 1, arbitrary: fc.integer({ min: 2000, max: 6000 }) }),
  steps: fc.array(step, { minLength: 6, maxLength: 18, size: 'max' }),
  // The last one: what a seed made before there was a tablet it makes still.
  tablet: tabletSteps,
})

/** The real story of a seed. */
export function realStoryOf(seed: number): RealStory {
  const [story] = fc.sample(stories, { seed, numRuns: 1 })
  if (!story) throw new Error('fast-check made no story')
  return story
}
