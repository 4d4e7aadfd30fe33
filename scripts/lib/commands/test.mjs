import { findBrowser, findShell } from '../browser.mjs'
import { overBudget, timeSaid } from '../budget.mjs'
import { Refusal } from '../command.mjs'
import { readFlags } from '../flags.mjs'
import { ensureInstalled } from '../install.mjs'
import { inLanes } from '../lanes.mjs'
import { prepareTypes } from '../prepare-types.mjs'
import { withScratch } from '../scratch.mjs'
import { runStage } from '../stage.mjs'
import { STAGES } from '../stages.mjs'

const seconds = began => `${((Date.now() - began) / 1000).toFixed(1)} s`

const FLAGS = {
  only: { kind: 'text', help: `stages, separated by commas: ${STAGES.map(({ name }) => name).join(',')}` },
  soak: { kind: 'switch', help: 'the tests that are too long for every run, instead of the others' },
}

/**
 * `npm test`: installs what is missing, runs every stage, says whether they kept to their time, and closes with the counts
 * alone on the last line. `npm run test:soak` is the same for the tests that this leaves out.
 */
export async function main(argv) {
  const { only, soak } = readFlags(argv, FLAGS, 'npm test --')
  const depth = soak ? 'soak' : 'quick'
  const stages = chosen(only, STAGES.filter(stage => depth === 'quick' || stage.soak))
  const began = Date.now()
  await ensureInstalled()
  const env = {}
  if (stages.some(({ browser }) => browser)) {
    const shell = await findShell()
    env.CHROMIUM_PATH = await findBrowser()
    if (shell) env.CHROMIUM_SHELL_PATH = shell
  }

  if (stages.some(({ name }) => name !== 'lint')) await prepareTypes()
  const total = { passed: 0, failed: 0, skipped: 0, left: 0 }
  const late = []
  await withScratch(folder => inLanes(stages, async (stage) => {
    const stageBegan = Date.now()
    console.log(`${stage.name} …`)
    const result = await runStage(stage, { ...env, TMPDIR: folder }, depth)
    for (const count of Object.keys(total)) total[count] += result[count]
    if (result.failed > 0) console.log(result.output.trimEnd())
    const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : ''
    if (depth === 'quick') late.push(...overBudget(stage, Date.now() - stageBegan))
    console.log(`${stage.name}: ${result.passed} passed, ${result.failed} failed${skipped} (${seconds(stageBegan)}${result.slowest ? `; ${result.slowest}` : ''})`)
  }))
  if (total.skipped > 0) console.log(`${total.skipped} skipped in all`)
  if (total.left > 0 && depth === 'quick') console.log(`${total.left} longer ones are left to npm run test:soak`)
  for (const line of depth === 'quick' ? [...late, ...timeSaid(Date.now() - began)] : []) console.log(line)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  return total.failed === 0 ? 0 : 1
}

function chosen(only, stages) {
  if (only === undefined) return stages
  const names = only.split(',').map(name => name.trim()).filter(Boolean)
  const unknown = names.find(name => !stages.some(stage => stage.name === name))
  if (unknown !== undefined || names.length === 0) throw new Refusal(`There is no stage "${unknown ?? ''}": --only takes ${stages.map(({ name }) => name).join(', ')}.`)
  return stages.filter(({ name }) => names.includes(name))
}
