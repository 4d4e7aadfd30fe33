import { describe, expect, it } from 'vitest'
import { countsOf } from '../../scripts/lib/stage.mjs'
import { STAGES } from '../../scripts/lib/stages.mjs'

const report = (numPassedTests: number, numFailedTests: number) => JSON.stringify({ numPassedTests, numFailedTests, numPendingTests: 1, numTodoTests: 0 })

describe('the counts of npm test', () => {
  it('are those of the report', () => {
    expect(countsOf(report(5, 2), 1)).toEqual({ passed: 5, failed: 2, skipped: 1 })
  })
  it('call a stage failed that ran no test', () => {
    expect(countsOf(report(0, 0), 0).failed).toBe(1)
  })
  it('call a stage failed that left no report', () => {
    expect(countsOf(undefined, 0).failed).toBe(1)
  })
  it('call a stage failed that ended badly though every test passed', () => {
    expect(countsOf(report(5, 0), 1)).toEqual({ passed: 5, failed: 1, skipped: 1 })
  })
})

it('npm test has every kind of test that the project promises', () => {
  expect(STAGES.map(({ name }) => name)).toEqual(['lint', 'types', 'boundaries', 'build', 'unit', 'conformance', 'integration', 'worker', 'app', 'commands', 'browser'])
})
