// Runs the browser scenes many times in a row: a scene that fails once in ten is a fault that waits.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Refusal, runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'
import { withScratch } from './lib/scratch.mjs'
import { STAGES } from './lib/stages.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const FLAGS = {
  times: { kind: 'number', most: 1000, help: 'how often, 10 where not given' },
  files: { kind: 'text', help: 'which scenes, as npm test names their stages: road,access' },
  only: { kind: 'text', help: 'part of a scene\'s name' },
}

/** One run of the scenes, two files at once. Out: how many passed and failed, the names of the failed ones, and seconds. */
function run(files, only, scratch) {
  const folder = mkdtempSync(join(tmpdir(), 'mvdb-soak-'))
  const file = join(folder, 'report.json')
  const started = Date.now()
  try {
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'apps/web/vitest.e2e.config.ts', '--reporter=json', `--outputFile=${file}`, ...files, ...only ? ['-t', only] : []]
    const ended = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: { ...process.env, TMPDIR: scratch } })
    const seconds = Math.round((Date.now() - started) / 1000)
    let report
    try {
      report = JSON.parse(readFileSync(file, 'utf8'))
    }
    catch {
      return { passed: 0, failed: 1, seconds, failures: [`the run gave no report: ${(ended.stderr || ended.stdout).slice(-2000)}`] }
    }
    const tests = report.testResults.flatMap(result => result.assertionResults)
    const failures = tests.filter(test => test.status === 'failed').map(test => `${test.title}\n    ${(test.failureMessages[0] ?? '').split('\n').slice(0, 12).join('\n    ')}`)
    // A file that could not be run at all has no tests in it.
    const broken = report.testResults.filter(result => result.status === 'failed' && result.assertionResults.length === 0).map(result => result.message)
    return { passed: report.numPassedTests, failed: failures.length + broken.length, seconds, failures: [...failures, ...broken] }
  }
  finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @returns {string[]} the files of these stages, all where none is named */
function filesOf(names) {
  if (names === undefined) return []
  return names.split(',').flatMap((name) => {
    const { files } = STAGES.find(stage => stage.name === name) ?? {}
    if (!files) throw new Refusal(`There are no scenes "${name}": --files takes ${STAGES.filter(stage => stage.files).map(stage => stage.name).join(', ')}.`)
    return files
  })
}

await runMain((argv) => {
  const { times = 10, files: names, only } = readFlags(argv, FLAGS, 'pnpm soak:scenes')
  const files = filesOf(names)
  return withScratch(scratch => runAll(times, files, only, scratch))
})

function runAll(times, files, only, scratch) {
  const totals = { passed: 0, failed: 0, green: 0 }
  for (let n = 1; n <= times; n++) {
    const { passed, failed, seconds, failures } = run(files, only, scratch)
    totals.passed += passed
    totals.failed += failed
    if (failed === 0 && passed > 0) totals.green++
    console.log(`run ${n} of ${times}: ${passed} passed, ${failed} failed, ${seconds} s`)
    for (const failure of failures) console.log(`  ${failure}`)
  }
  console.log(`${totals.green} of ${times} runs green`)
  console.log(`${totals.passed} passed, ${totals.failed} failed`)
  return totals.green === times ? 0 : 1
}
