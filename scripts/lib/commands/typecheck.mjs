import { readFlags } from '../flags.mjs'
import { ensureInstalled } from '../install.mjs'
import { prepareTypes } from '../prepare-types.mjs'
import { ROOT, WEB } from '../paths.mjs'
import { run, step } from '../run.mjs'

const bin = name => `${ROOT}/node_modules/.bin/${name}`

/** Each program of types: what it covers, and how it is checked. */
const PROGRAMS = [
  { name: 'the embedded stack, the scripts and the tests', command: bin('tsc'), args: ['--noEmit', '-p', 'tsconfig.json'], cwd: ROOT },
  { name: 'the app', command: bin('vue-tsc'), args: ['--noEmit', '-p', 'tsconfig.json'], cwd: WEB },
]

const FLAGS = { prepared: { kind: 'switch', help: 'Nuxt\'s types were made a moment ago' } }

/** `pnpm typecheck`: strict types of everything, after Nuxt has written the types that it makes. */
export async function main(argv) {
  const { prepared } = readFlags(argv, FLAGS, 'pnpm typecheck')
  await ensureInstalled()
  if (!prepared) await prepareTypes()
  let failed = 0
  for (const { name, command, args, cwd } of PROGRAMS) {
    const { code, output } = await step(`Checking the types of ${name}`, () => run(command, args, { cwd }))
    if (code === 0) continue
    failed++
    console.log(output.trimEnd())
  }
  return failed === 0 ? 0 : 1
}
