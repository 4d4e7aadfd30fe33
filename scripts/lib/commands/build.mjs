import { build } from '../build.mjs'
import { readFlags } from '../flags.mjs'
import { ensureInstalled } from '../install.mjs'

/** `pnpm build`: the worker, the app and the server's entry, where their sources changed. */
export async function main(argv) {
  const flags = readFlags(argv, { force: { kind: 'switch', help: 'build all again' } }, 'pnpm build')
  await ensureInstalled()
  await build({ force: flags.force })
  console.log('Built: apps/web/.output')
}
