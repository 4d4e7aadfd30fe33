import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { Refusal } from './command.mjs'
import { run, step, tail } from './run.mjs'

/**
 * The other engines: the variable that names their program, its names on the PATH, what it takes beside it, and the Debian
 * packages that all of it comes in.
 */
export const ENGINES = {
  firefox: { title: 'Firefox', variable: 'FIREFOX_PATH', names: ['firefox-esr', 'firefox'], beside: [], packages: ['firefox-esr'] },
  webkit: {
    title: 'WebKitGTK', variable: 'WEBKIT_DRIVER_PATH', names: ['WebKitWebDriver'],
    beside: [
      ['Xvfb', ['-help']],
      ['/usr/bin/python3', ['-c', 'import gi; gi.require_version("Gtk", "3.0"); gi.require_version("WebKit2", "4.1")']],
    ],
    packages: ['webkit2gtk-driver', 'gir1.2-webkit2-4.1', 'python3-gi', 'xvfb'],
  },
}

const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  }
  catch { return false }
}

/**
 * What the search meets on this machine; the tests put another one in its place.
 * @typedef {object} Machine
 * @property {Record<string, string | undefined>} env
 * @property {typeof run} run
 * @property {boolean} hasApt whether apt-get is here and we are root
 * @property {(line: string) => void} say
 */

/** @returns {Machine} */
const thisMachine = () => ({ env: process.env, run, hasApt: process.getuid?.() === 0 && existsSync('/usr/bin/apt-get'), say: line => console.log(line) })

/**
 * Finds an engine for the browser tests, or gets it: by its variable, on the PATH, by apt-get where we are root.
 * @param {keyof typeof ENGINES} name
 * @param {Partial<Machine>} [given]
 * @returns {Promise<Record<string, string>>} the variable with the path of the program
 */
export async function findEngine(name, given) {
  const machine = { ...thisMachine(), ...given }
  const engine = ENGINES[name]
  const { variable, title, packages } = engine
  const named = machine.env[variable]
  if (named && !isExecutable(named)) throw new Refusal(`${variable} is ${named}, and there is no program: correct it, or unset it to have one found.`)
  const path = await whole(engine, machine) ?? (machine.hasApt ? await fromApt(engine, machine) : undefined)
  if (path === undefined) throw new Refusal(`${title} is missing or not whole: install the Debian packages ${packages.join(', ')}, or set ${variable} to its program, then run the command again.`)
  return { [variable]: path }
}

/** The engine's program, where what it takes beside it is there too. */
async function whole({ variable, names, beside }, { env, run }) {
  const onPath = names.flatMap(name => (env.PATH ?? '').split(delimiter).map(folder => `${folder}/${name}`))
  const path = env[variable] ?? onPath.find(isExecutable)
  if (path === undefined) return undefined
  for (const [command, args] of beside) if ((await run(command, args, { timeoutMs: 20_000 })).code !== 0) return undefined
  return path
}

async function fromApt(engine, machine) {
  const { run, say } = machine
  const apt = (args, timeoutMs) => run('apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs })
  const { code, output } = await step(`No ${engine.title} on this machine: installing it with apt-get`, async () => {
    await apt(['update', '-q'], 120_000)
    return apt(['install', '-y', '-q', '--no-install-recommends', ...engine.packages], 600_000)
  }, say)
  if (code !== 0) say(`apt-get could not install it (${tail(output, 1) || 'it said nothing'}).`)
  return whole(engine, machine)
}
