import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { countsOf, slowestOf } from '../../scripts/lib/stage.mjs'
import { STAGES } from '../../scripts/lib/stages.mjs'

const report = (numPassedTests: number, numFailedTests: number) => JSON.stringify({ numPassedTests, numFailedTests, numPendingTests: 1, numTodoTests: 0 })

describe('the counts of npm test', () => {
  it('are those of the report', () => {
    expect(countsOf(report(5, 2), 1, 'quick')).toEqual({ passed: 5, failed: 2, skipped: 1, left: 0 })
  })
  it('call a stage failed that ran no test', () => {
    expect(countsOf(report(0, 0), 0, 'quick').failed).toBe(1)
  })
  it('call a stage failed that left no report', () => {
    expect(countsOf(undefined, 0, 'quick').failed).toBe(1)
  })
  it('call a stage failed that ended badly though every test passed', () => {
    expect(countsOf(report(5, 0), 1, 'quick')).toEqual({ passed: 5, failed: 1, skipped: 1, left: 0 })
  })
  it('tell what a run leaves to the other one from what was skipped', () => {
    const assertionResults = [{ tags: ['soak'] }, { tags: [] }, { tags: [] }, {}]
    const text = JSON.stringify({ numPassedTests: 2, numFailedTests: 0, numPendingTests: 2, numTodoTests: 0, testResults: [{ assertionResults }] })
    expect(countsOf(text, 0, 'quick')).toEqual({ passed: 2, failed: 0, skipped: 1, left: 1 })
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
  expect(STAGES.map(({ name }) => name)).toEqual(['lint', 'types', 'boundaries', 'build', 'unit', 'conformance', 'commands', 'app', 'integration', 'worker', 'road', 'pages', 'shell', 'faults', 'axe', 'access', 'writes', 'journey', 'purge', 'leads', 'upgrade'])
})

it('no file of scenes is left out of npm test, and none is run twice', () => {
  const files = readdirSync(new URL('../../apps/web/test/e2e/', import.meta.url)).filter(name => name.endsWith('.test.ts')).map(name => `test/e2e/${name}`)
  expect(STAGES.flatMap(stage => stage.files ?? []).toSorted()).toEqual(files.toSorted())
})

it('every stage that leaves tests to the soak is run by it', () => {
  const tests = new URL('../../apps/web/test/', import.meta.url)
  const files = readdirSync(tests, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
  const tagged = new Set(files.filter(({ parentPath, name }) => /tags: \[SOAK\]|quickIf\(/.test(readFileSync(`${parentPath}/${name}`, 'utf8')))
    .map(({ parentPath }) => parentPath.slice(tests.pathname.length).split('/')[0] ?? ''))
  expect([...tagged].toSorted()).toEqual(['e2e', 'faults', 'server', 'worker'])
  expect(STAGES.filter(({ soak }) => soak).map(({ name }) => name)).toEqual(expect.arrayContaining(['build', 'integration', 'worker', 'faults']))
})

it.each(STAGES.flatMap(({ name, files = [], soak = false }) => files.map(file => ({ name, file, soak }))))('the scenes of $name that are left to the soak are run by it ($file)', ({ file, soak }) => {
  const text = (path: string) => readFileSync(new URL(path, new URL('../../apps/web/', import.meta.url)), 'utf8')
  const own = text(file)
  const scenes = [...own.matchAll(/from '\.\/(scenes\/[^']+)'/g)].map(([, scene = '']) => text(`test/e2e/${scene}.ts`))
  if ([own, ...scenes].some(one => /tags: \[SOAK\]|quickIf\(/.test(one))) expect(soak).toBe(true)
})
