import { expect, test } from 'vitest'
import { generationName, goesWithPerson, isGenerationOf, isLocalDatabase, isOfDevice } from '../../apps/web/shared/protocol/device'

const A = '0198a000-0000-7000-8000-00000000000a'
const B = '0198a000-0000-7000-8000-00000000000b'
const database = `local-${A}-0123abcd`

test.each([
  // name, goes with A, is a local database of A, is of the device
  [database, true, true, false],
  [`/pglite/${database}`, true, true, false],
  [`${database}.g7`, true, true, false],
  [`/pglite/${database}.g12`, true, true, false],
  [`local-${A}-ffffffff`, true, true, false],
  [`local-${A}-generations`, true, false, false],
  [`local-${A}-lease`, true, false, false],
  [`local-${A}-answers`, true, false, false],
  [`local-${A}-something-new`, true, false, false],
  [`local-${A}-journal`, false, false, false],
  [`local-${B}-0123abcd`, false, false, false],
  [`other-${A}-0123abcd`, false, false, false],
  [`xlocal-${A}-0123abcd`, false, false, false],
  [`offline-leads-${A}-0123abcd`, false, false, true],
  [`/pglite/offline-leads-${A}`, false, false, true],
  [`device-local-${A}-0123abcd`, false, false, true],
  ['device-sweep', false, false, true],
])('whose %s is', (name, goes, isDatabase, device) => {
  expect([goesWithPerson(name, 'local', A), isLocalDatabase(name, 'local', A), isOfDevice(name)]).toEqual([goes, isDatabase, device])
})

test('an installation that is named like the device\'s things still finds its people\'s', () => {
  expect(goesWithPerson(`offline-leads-${A}-0123abcd`, 'offline-leads', A)).toBe(true)
})

test('the generations of a database are told from those of another schema version', () => {
  expect([0, 1, 12].map(number => generationName(database, number))).toEqual([database, `${database}.g1`, `${database}.g12`])
  expect([database, `/pglite/${database}.g3`, `${database}.gx`, `${database}0`, `local-${A}-ffffffff.g1`].map(name => isGenerationOf(name, database)))
    .toEqual([true, true, false, false, false])
})
