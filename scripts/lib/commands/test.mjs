import { findBrowser } from '../browser.mjs'
import { timeSaid } from '../budget.mjs'
import { Refusal } from '../command.mjs'
import { readFlags } from '../flags.mjs'
import { ensureInstalled } from '../install.mjs'
import { inLanes } from '../lanes.mjs'
import { prepareTypes } from '../prepare-types.mjs'
import { runStage } from '../stage.mjs'
import { STAGES } from '../stages.mjs'

const seconds = began => `${((Date.now() - began) / 1000).toFixed(1)} s`

/** `npm test`: installs what is missing, runs every stage, says whether they kept to their time, and closes with the counts alone on the last line. */
export async function main(argv) {
  const { only } = readFlags(argv, { only: { kind: 'text', help: `stages, separated by commas: ${STAGES.map(({ name }) => name).join(',')}` } }, 'npm test --')
  const stages = chosen(only)
  const began = Date.now()
  await ensureInstalled()
  const env = {}
  if (stages.some(({ browser }) => browser)) env.CHROMIUM_PATH = await findBrowser()

  if (stages.some(({ name }) => name !== 'lint')) await prepareTypes()
  const total = { passed: 0, failed: 0, skipped: 0 }
  await inLanes(stages, async (stage) => {
    const stageBegan = Date.now()
    console.log(`${stage.name} …`)
    const result = await runStage(stage, env)
    for (const count of Object.keys(total)) total[count] += result[count]
    if (result.failed > 0) console.log(result.output.trimEnd())
    const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : ''
    console.log(`${stage.name}: ${result.passed} passed, ${result.failed} failed${skipped} (${seconds(stageBegan)}${result.slowest ? `; ${result.slowest}` : ''})`)
  })
  if (total.skipped > 0) console.log(`${total.skipped} skipped in all`)
  for (const line of timeSaid(Date.now() - began)) console.log(line)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  return total.failed === 0 ? 0 : 1
}

function chosen(only) {
  if (only === undefined) return STAGES
  const names = only.split(',').map(name => name.trim()).filter(Boolean)
  const unknown = names.find(name => !STAGES.some(stage => stage.name === name))
  if (unknown !== undefined || names.length === 0) throw new Refusal(`There is no stage "${unknown ?? ''}": --only takes ${STAGES.map(({ name }) => name).join(', ')}.`)
  return STAGES.filter(({ name }) => names.includes(name))
}
