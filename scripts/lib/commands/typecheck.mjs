import { build } from '../build.mjs'
import { readFlags } from '../flags.mjs'
import { Refusal } from '../command.mjs'
import { ensureInstalled } from '../install.mjs'
import { ROOT, WEB } from '../paths.mjs'
import { run, step } from '../run.mjs'

const bin = name => `${ROOT}/node_modules/.bin/${name}`

/** Each program of types: what it covers, and how it is checked. */
const PROGRAMS = [
  { name: 'the embedded stack, the scripts and the tests', command: bin('tsc'), args: ['--noEmit', '-p', 'tsconfig.json'], cwd: ROOT },
  { name: 'the app', command: bin('vue-tsc'), args: ['--noEmit', '-p', 'tsconfig.json'], cwd: WEB },
]

/** `pnpm typecheck`: strict types of everything, after Nuxt has written the types that it makes. */
export async function main(argv) {
  readFlags(argv, {}, 'pnpm typecheck')
  await ensureInstalled()
  await build({ upTo: 'the catalogue\'s derivatives' })
  const prepared = await step('Preparing Nuxt\'s types', () => run(process.execPath, [`${WEB}/node_modules/nuxt/bin/nuxt.mjs`, 'prepare'], { cwd: WEB }))
  if (prepared.code !== 0) throw new Refusal(`${prepared.output}\nNuxt's types could not be prepared (above is what it said).`)
  let failed = 0
  for (const { name, command, args, cwd } of PROGRAMS) {
    const { code, output } = await step(`Checking the types of ${name}`, () => run(command, args, { cwd }))
    if (code === 0) continue
    failed++
    console.log(output.trimEnd())
  }
  return failed === 0 ? 0 : 1
}
