import { expect, test } from 'vitest'
import { ENTRY_EVENTS, ENTRY_STATES, ENTRY_TABLE, isShown, isUnsettled } from '../../../shared/journal/states'
import { UPLOAD_EVENTS, UPLOAD_STATES, UPLOAD_TABLE } from '../../../worker/writes/upload-states'

// state            applied      seen         in_conflict  refused      resent
const ENTRIES = `
waiting             applied      waiting      conflict     refused      waiting
applied             applied      done         applied      applied      applied
done                done         done         done         done         done
conflict            conflict     conflict     conflict     conflict     waiting
refused             refused      refused      refused      refused      waiting`

// state            work         nothing_left failed       signed_out   due          wake         stop
const UPLOADS = `
idle                sending      idle         idle         idle         idle         idle         stopped
sending             sending      idle         pausing      parked       sending      sending      stopped
pausing             pausing      pausing      pausing      parked       sending      sending      stopped
parked              parked       parked       parked       parked       parked       sending      stopped
stopped             stopped      stopped      stopped      stopped      stopped      stopped      stopped`

test.each([
  ['an edit', ENTRIES, ENTRY_STATES, ENTRY_EVENTS, ENTRY_TABLE],
  ['the upload', UPLOADS, UPLOAD_STATES, UPLOAD_EVENTS, UPLOAD_TABLE],
] as const)('every event in every state of %s leads where it is written down', (_, text, states, events, table) => {
  const told = new Map(text.trim().split('\n').map((line) => {
    const [state = '', ...next] = line.trim().split(/\s+/)
    return [state, next]
  }))
  expect([...told.keys()]).toEqual([...states])
  for (const state of states) {
    const row = (table as Record<string, Record<string, string>>)[state] ?? {}
    expect([state, ...events.map(event => row[event])]).toEqual([state, ...told.get(state) ?? []])
  }
})

test('an edit that is not done is shown over the rows, or its author is told of it: none is neither', () => {
  for (const state of ENTRY_STATES) expect([state, isShown(state) || isUnsettled(state)]).toEqual([state, state !== 'done'])
})
