import fc from 'fast-check'
import type { RoadStep } from './tablet-road'

/** What happens at the tablet of a stand, beside the members' story and at the same time. */
export type TabletStep =
  /** Somebody types a lead and leaves it so. */
  | { do: 'type', text: string, phone: string }
  /**
   * Somebody sends off what stands in the form, or types a lead where nothing does. `presses`: the impatient press twice.
   * `isAwaited`: until the form says that it is saved. So many ms after it, or after the press, comes the end of the page.
   */
  | { do: 'enter', text: string, phone: string, presses: number, isAwaited: boolean, after: number, end: TabletEnd }
  | { do: 'end', end: Exclude<TabletEnd, 'none'> }
  /** Another tab of the form: a new one, or the one that is there. */
  | { do: 'other-tab' }
  | RoadStep
  | { do: 'wait', ms: number }

/** The page is loaded again, its tab is closed, or all of the browser killed. */
export type TabletEnd = 'none' | 'reload' | 'close' | 'kill'

const text = fc.constantFrom('plain', 'with\ttab', '\\N', 'new\nline', '✓ 漢字', '"quoted"', '=1+1')
const phone = fc.constantFrom('', '', '+43 1 234')

const tabletStep: fc.Arbitrary<TabletStep> = fc.oneof(
  { weight: 6, arbitrary: fc.record({
    do: fc.constant('enter' as const), text, phone, presses: fc.constantFrom(1, 1, 2), isAwaited: fc.constantFrom(true, true, false), after: fc.nat({ max: 300 }),
    end: fc.constantFrom<TabletEnd>('none', 'none', 'kill', 'reload', 'close'),
  }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('type' as const), text, phone }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), end: fc.constantFrom('reload' as const, 'close' as const, 'kill' as const) }) },
  { weight: 1, arbitrary: fc.constant<TabletStep>({ do: 'other-tab' }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unplug' as const), told: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('plug-in' as const, 'cut-off' as const, 'calm' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), status: fc.constantFrom(200 as const, 404 as const, 407 as const, 429 as const, 500 as const, 503 as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lose' as const), times: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 1500 }) }) },
)

export const tabletSteps = fc.array(tabletStep, { minLength: 4, maxLength: 9, size: 'max' })
