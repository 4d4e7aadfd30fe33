import { build } from './build.mjs'
import { Refusal } from './command.mjs'
import { WEB } from './paths.mjs'
import { run, step } from './run.mjs'

/** Makes what type checks and test runners read before anything is built: the catalogue's derivatives and Nuxt's types. */
export async function prepareTypes() {
  await build({ upTo: 'the catalogue\'s derivatives' })
  const prepared = await step('Preparing Nuxt\'s types', () => run(process.execPath, [`${WEB}/node_modules/nuxt/bin/nuxt.mjs`, 'prepare'], { cwd: WEB }))
  if (prepared.code !== 0) throw new Refusal(`${prepared.output}\nNuxt's types could not be prepared (above is what it said).`)
}
