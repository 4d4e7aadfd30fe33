import { build } from '../build.mjs'
import { readFlags } from '../flags.mjs'
import { ensureInstalled } from '../install.mjs'
import { chooseSync, SYNCS } from '../sync-choice.mjs'

const FLAGS = {
  force: { kind: 'switch', help: 'build all again' },
  sync: { kind: 'choice', of: SYNCS, help: `whose applier is in the worker, ${SYNCS.join(' or ')}, from now on` },
}

/** `pnpm build`: the worker, the app and the server's entry, where their sources changed. */
export async function main(argv) {
  const flags = readFlags(argv, FLAGS, 'pnpm build')
  if (flags.sync !== undefined) chooseSync(flags.sync)
  await ensureInstalled()
  await build({ force: flags.force })
  console.log('Built: apps/web/.output')
}
