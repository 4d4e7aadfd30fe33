import fc from 'fast-check'
import type { Fault } from '../browser/faults'

/** Plain data, so that a story can be written down, made shorter and told again. Numbers choose among what is there. */
export interface Story {
  /** Role of each person in each company; null where they are not in it. */
  roles: (Role | null)[][]
  /** Folders of each company at the beginning. */
  folders: number[]
  steps: Step[]
}

export const ROLES = ['owner', 'admin', 'member', 'guest'] as const
export type Role = (typeof ROLES)[number]

/** Something that happens to rows at the server. `company` and `which` choose by number. */
export const ACTS = [
  'folder-add', 'folder-rename', 'folder-move', 'folder-delete', 'folder-restore', 'folder-remove', 'folders-bulk', 'folders-touch',
  'workspace-add', 'workspace-rename', 'workspace-delete', 'workspace-restore',
  'group-add', 'group-rename', 'group-remove', 'group-join', 'group-leave',
  'lead-add', 'lead-change', 'lead-remove',
  'company-rename', 'company-delete', 'company-restore',
  'person-rename', 'role', 'leave', 'rejoin', 'session-end', 'session-back', 'many-at-once',
] as const
export type Act = (typeof ACTS)[number]

/** What a person edits on their device, through the journal; `which` and `other` choose among what they see. */
export const EDITS = [
  'folder.create', 'folder.rename', 'folder.describe', 'folder.move', 'folder.delete', 'folder.restore', 'workspace.create', 'workspace.rename', 'workspace.delete',
  'group.create', 'group.rename', 'group.delete', 'group.add-people', 'group.remove-people', 'company.settings', 'person.preferences',
] as const
export type Edit = (typeof EDITS)[number]

export type Step =
  | { do: 'edit', browser: number, edit: Edit, company: number, which: number, other: number, text: string }
  | { do: 'act', act: Act, company: number, which: number, other: number, text: string }
  /** The next requests of a browser meet this; `breaks`: what is in flight is cut off before, so that there are such. */
  | { do: 'fault', browser: number, fault: Fault, times: number, breaks: boolean }
  /** `mute`: what is in flight falls silent for good, and nobody is told. */
  | { do: 'offline' | 'online' | 'wake' | 'retry' | 'close' | 'kill' | 'cut-off' | 'mute', browser: number }
  /** The worker dies at the n-th statement from now on (of those that say so, a regular expression), and the next one leads at the `revive` or at the end. */
  | { do: 'kill-at', browser: number, count: number, moment: 'before' | 'after', says?: string }
  | { do: 'revive', browser: number }
  /** The storage is flushed; what is committed after it, a power cut takes away. */
  | { do: 'flush' | 'power-cut', browser: number }
  | { do: 'clock', browser: number, ms: number }
  | { do: 'sleep', browser: number, ms: number }
  /** The server forgets a shape's log: must-refetch. */
  | { do: 'rotate', browser: number, which: number }
  /** Waits until the browsers on whose road nothing is wrong are right, but not for long: what follows meets live shapes. */
  | { do: 'settle' }
  /** The browser must become right now, whatever goes on on its road. */
  | { do: 'equal', browser: number }
  /** From here on nothing may be asked for from its beginning: what is here is not to be lost, also not for a moment. */
  | { do: 'keep', browser: number }
  /** So many real milliseconds pass. */
  | { do: 'wait', ms: number }

const small = fc.nat({ max: 1000 })
const browser = fc.nat({ max: 3 })
const text = fc.constantFrom('plain', 'with\ttab', 'back\\slash', '\\N', 'new\nline', 'carriage\rreturn', '"quoted"', '\'single\'', 'NULL', '', '✓ ünïcode 漢字', '{"a":1}', 'x'.repeat(3000))

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(500 as const, 502 as const, 503 as const, 504 as const, 429 as const) }),
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(503 as const, 429 as const), retryAfter: fc.nat({ max: 60 }) }),
  fc.record({ kind: fc.constant('page' as const), status: fc.constantFrom(200 as const, 403 as const, 407 as const, 404 as const) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat({ max: 4000 }), clean: fc.boolean() }),
  fc.record({ kind: fc.constant('slow' as const), ms: fc.nat({ max: 90_000 }) }),
  fc.constantFrom<Fault>({ kind: 'silent' }, { kind: 'dead' }, { kind: 'twice' }, { kind: 'stale' }, { kind: 'echo' }, { kind: 'held-back' }, { kind: 'stranger' }),
)

const act = (acts: readonly Act[]) => fc.record({ do: fc.constant('act' as const), act: fc.constantFrom(...acts), company: fc.nat({ max: 1 }), which: small, other: small, text })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: act(ACTS) },
  // What decides who may see what is where a mistake costs most.
  { weight: 3, arbitrary: act(['role', 'leave', 'rejoin', 'company-delete', 'company-restore']) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('fault' as const), browser, fault, times: fc.integer({ min: 1, max: 4 }), breaks: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('offline' as const, 'online' as const, 'wake' as const, 'retry' as const, 'close' as const, 'kill' as const, 'cut-off' as const, 'mute' as const), browser }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('kill-at' as const), browser, count: fc.integer({ min: 1, max: 40 }), moment: fc.constantFrom('before' as const, 'after' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revive' as const), browser }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('flush' as const, 'power-cut' as const), browser }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clock' as const), browser, ms: fc.integer({ min: -90_000_000, max: 90_000_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep' as const), browser, ms: fc.nat({ max: 7_200_000 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rotate' as const), browser, which: small }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'settle' }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 40 }) }) },
)

const edit: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('edit' as const), browser, edit: fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...EDITS) }, { weight: 3, arbitrary: fc.constantFrom<Edit[]>('folder.create', 'folder.rename', 'folder.move', 'folder.delete') }),
  company: fc.nat({ max: 1 }), which: small, other: small, text,
})

const storiesOf = (step: fc.Arbitrary<Step>, most: number): fc.Arbitrary<Story> => fc.record({
  roles: fc.tuple(
    fc.tuple(fc.constant<Role>('owner'), fc.constantFrom<(Role | null)[]>(...ROLES, null), fc.constantFrom<(Role | null)[]>(...ROLES, null)),
    fc.tuple(fc.constant<Role>('owner'), fc.constantFrom<(Role | null)[]>('member', 'guest', null, null), fc.constantFrom<(Role | null)[]>('admin', null, null)),
  ).map(([first, second]): (Role | null)[][] => first.map((role, at) => [role, second[at] ?? null])),
  folders: fc.tuple(
    fc.oneof({ weight: 9, arbitrary: fc.nat({ max: 40 }) }, { weight: 1, arbitrary: fc.integer({ min: 2000, max: 2600 }) }),
    fc.nat({ max: 30 }),
  ).map(counts => [...counts]),
  // Two of three begin when all is there: else every fault would meet a first sync.
  steps: fc.tuple(fc.nat({ max: 2 }), fc.array(step, { minLength: 8, maxLength: most, size: 'max' }))
    .map(([first, steps]): Step[] => first === 0 ? steps : [{ do: 'settle' }, ...steps]),
})

const stories = storiesOf(step, 30)
/** Half of what happens are edits. */
const writingStories = storiesOf(fc.oneof({ weight: 1, arbitrary: edit }, { weight: 1, arbitrary: step }), 45)

/** People and browsers of a story. */
export const PEOPLE = 3

export type StoryKind = 'reading' | 'writing'

/** The story of a seed: the same one for ever, as long as this file is. */
export function storyOf(seed: number, kind: StoryKind = 'reading'): Story {
  const [story] = fc.sample(kind === 'writing' ? writingStories : stories, { seed, numRuns: 1 })
  if (!story) throw new Error('fast-check made no story')
  return story
}
