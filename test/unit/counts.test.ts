import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { countsOf, slowestOf } from '../../scripts/lib/stage.mjs'
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

describe('the slowest files of a stage', () => {
  const ran = (name: string, seconds: number) => ({ name: `/somewhere/${name}`, startTime: 1_000, endTime: 1_000 + seconds * 1_000 })

  it('are five, the slowest first', () => {
    const testResults = [ran('a.ts', 2), ran('b.ts', 9), ran('c.ts', 1), ran('d.ts', 4), ran('e.ts', 3), ran('f.ts', 5)]
    expect(slowestOf(JSON.stringify({ testResults }))).toBe('b.ts 9 s, f.ts 5 s, d.ts 4 s, e.ts 3 s, a.ts 2 s')
  })
  it('are not spoken of where none ran', () => {
    expect([slowestOf(undefined), slowestOf(report(0, 0))]).toEqual([undefined, undefined])
  })
})

it('npm test has every kind of test that the project promises', () => {
  expect(STAGES.map(({ name }) => name)).toEqual(['lint', 'types', 'boundaries', 'build', 'unit', 'commands', 'conformance', 'app', 'integration', 'worker', 'road', 'access', 'pages', 'axe', 'shell'])
})

it('no file of scenes is left out of npm test, and none is run twice', () => {
  const files = readdirSync(new URL('../../apps/web/test/e2e/', import.meta.url)).filter(name => name.endsWith('.test.ts')).map(name => `test/e2e/${name}`)
  expect(STAGES.flatMap(stage => stage.files ?? []).toSorted()).toEqual(files.toSorted())
})
