import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { ROOT } from './paths.mjs'
import { run } from './run.mjs'
import { isOf, TAG_FILTERS } from './soak-tag.mjs'

/** Longer than any stage takes, on a machine that others use too; one that hangs is ended, and counts as failed. */
const STAGE_LIMIT_MS = 10 * 60_000

/**
 * @typedef {{ passed: number, failed: number, skipped: number, left: number, output: string, slowest?: string }} Result `left`: tests that are none of this run's
 *
 * Runs one stage to its end.
 * @param {typeof import('./stages.mjs').STAGES[number]} stage
 * @param {Record<string, string>} env
 * @param {import('./soak-tag.mjs').Depth} [depth] which of its tests, the quick ones where not given
 * @returns {Promise<Result>}
 */
export async function runStage(stage, env, depth = 'quick') {
  if (stage.kind === 'check') {
    const [command, args] = stage.command
    const { code, output } = await run(command, args, { cwd: stage.cwd, env, timeoutMs: STAGE_LIMIT_MS })
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, left: 0, output }
  }
  return runVitest(stage, env, depth)
}

async function runVitest({ config, cwd, files = [] }, env, depth) {
  if (!existsSync(config)) return { passed: 0, failed: 1, skipped: 0, left: 0, output: `${config.slice(ROOT.length + 1)} does not exist.` }
  const folder = mkdtempSync(`${tmpdir()}/mvdb-test-`)
  const report = `${folder}/report.json`
  try {
    const args = [`${ROOT}/node_modules/vitest/vitest.mjs`, 'run', ...files, '--config', config, '--tags-filter', TAG_FILTERS[depth], '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const { code, output, timedOut } = await run(process.execPath, args, { cwd, env: { ...env, NO_COLOR: '1' }, timeoutMs: STAGE_LIMIT_MS })
    const text = existsSync(report) ? readFileSync(report, 'utf8') : undefined
    return { ...countsOf(text, code, depth), slowest: slowestOf(text), output: timedOut ? `${output}\nThe stage took longer than ${STAGE_LIMIT_MS / 60_000} minutes and was ended.` : output }
  }
  finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Counts by vitest's report. A run that ended badly without a failed test (a file that does not load, an unhandled
 * rejection, a crash), and a run without a single passed test, count one failure.
 * @param {string | undefined} report the JSON text, undefined where the run left none
 * @param {number} code the run's exit code
 * @param {import('./soak-tag.mjs').Depth} depth which tests the run was about
 * @returns {Pick<Result, 'passed' | 'failed' | 'skipped' | 'left'>}
 */
export function countsOf(report, code, depth) {
  const { numPassedTests: passed = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0, testResults = [] } = report === undefined ? {} : JSON.parse(report)
  const left = testResults.flatMap(({ assertionResults = [] }) => assertionResults).filter(({ tags = [] }) => !isOf(tags, depth)).length
  const bad = code !== 0 || passed === 0
  return { passed, failed: numFailedTests || (bad ? 1 : 0), skipped: numPendingTests + numTodoTests - left, left }
}

/**
 * Which files took a stage's time, so that whoever shortens it begins with them.
 * @param {string | undefined} report the JSON text, undefined where the run left none
 * @returns {string | undefined} the five slowest in whole seconds, slowest first; undefined where nothing ran
 */
export function slowestOf(report) {
  const { testResults = [] } = report === undefined ? {} : JSON.parse(report)
  if (testResults.length === 0) return undefined
  return testResults
    .map(({ name, startTime, endTime }) => ({ file: name.split('/').at(-1), seconds: Math.round((endTime - startTime) / 1000) }))
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, 5)
    .map(({ file, seconds }) => `${file} ${seconds} s`)
    .join(', ')
}
