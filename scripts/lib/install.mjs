import { readFileSync } from 'node:fs'
import { Refusal } from './command.mjs'
import { ROOT } from './paths.mjs'
import { run, step, tail } from './run.mjs'

const textOf = (file) => {
  try { return readFileSync(file, 'utf8') }
  catch { return undefined }
}

/** pnpm leaves the lockfile that it installed by under node_modules: the same text means the same packages. */
export const isInstalled = () => textOf(`${ROOT}/node_modules/.pnpm/lock.yaml`) === readFileSync(`${ROOT}/pnpm-lock.yaml`, 'utf8')

/** Installs the packages by the lockfile where they are missing or of another lockfile; pnpm itself comes by npx. */
export async function ensureInstalled() {
  if (isInstalled()) return
  const { packageManager } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'))
  await step(`Installing the packages with ${packageManager}`, async () => {
    // NODE_ENV=production in the caller's shell must not leave out what the build needs, hence --prod=false.
    const { code, output } = await run('npx', ['-y', packageManager, 'install', '--frozen-lockfile', '--prefer-offline', '--prod=false', '--config.confirm-modules-purge=false', '--reporter=append-only'])
    if (code !== 0) throw new Refusal(`${tail(output)}\nThe packages could not be installed (above is what pnpm said): check the connection to the npm registry, then run the command again.`)
  })
}
