import { findBrowser, findShell } from '../browser.mjs'
import { build } from '../build.mjs'
import { Refusal } from '../command.mjs'
import { readFlags } from '../flags.mjs'
import { checkServers, readAddresses } from '../given-servers.mjs'
import { ensureInstalled } from '../install.mjs'
import { withScratch } from '../scratch.mjs'
import { runStage } from '../stage.mjs'
import { STAGES } from '../stages.mjs'

/** One after the other, as they share the database. The demo's mark comes before what needs none. */
const ON_GIVEN = ['road', 'pages', 'shell', 'access', 'purge', 'axe', 'faults']

const CONFORMANCE = { ...STAGES.find(({ name }) => name === 'conformance'), files: ['test/conformance/conformance.test.ts'] }

const FLAGS = {
  only: { kind: 'text', help: `stages, separated by commas: ${ON_GIVEN.join(',')}` },
  soak: { kind: 'switch', help: 'the tests that are too long for every run, instead of the others' },
  conformance: { kind: 'switch', help: 'Electric\'s recorded exchanges instead: their tables have the names of the app\'s' },
}

/**
 * `pnpm test:selfhost`: the browser suite, the oracle and the stories of faults on a PostgreSQL and an Electric that are
 * given; the servers and the edge before them are its own. What would kill what is given is left out.
 */
export async function main(argv) {
  const { only, soak, conformance } = readFlags(argv, FLAGS, 'pnpm test:selfhost')
  const stages = conformance ? [CONFORMANCE] : chosen(only)
  const addresses = readAddresses(process.env)
  await ensureInstalled()
  await checkServers(addresses)
  await build()
  const shell = await findShell()
  const env = { ...addresses, TESTS_ON_GIVEN_SERVERS: '1', CHROMIUM_PATH: await findBrowser(), ...shell && { CHROMIUM_SHELL_PATH: shell } }
  const total = { passed: 0, failed: 0, skipped: 0 }
  await withScratch(async (TMPDIR) => {
    for (const stage of stages) {
      const began = Date.now()
      const result = await runStage(stage, { ...env, TMPDIR }, soak ? 'soak' : 'quick')
      for (const count of Object.keys(total)) total[count] += result[count]
      if (result.failed > 0) console.log(result.output.trimEnd())
      console.log(`${stage.name}: ${result.passed} passed, ${result.failed} failed${result.skipped > 0 ? `, ${result.skipped} skipped` : ''} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
    }
  })
  console.log('The database holds what the tests made: drop it, or keep it for nothing else.')
  console.log(`${total.passed} passed, ${total.failed} failed`)
  return total.failed === 0 ? 0 : 1
}

function chosen(only) {
  const names = only === undefined ? ON_GIVEN : only.split(',').map(name => name.trim())
  const unknown = names.find(name => !ON_GIVEN.includes(name))
  if (unknown !== undefined) throw new Refusal(`There is no stage "${unknown}": --only takes ${ON_GIVEN.join(', ')}.`)
  return ON_GIVEN.filter(name => names.includes(name)).map(name => STAGES.find(stage => stage.name === name))
}
