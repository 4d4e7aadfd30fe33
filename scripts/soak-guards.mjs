// `pnpm soak:guards`: takes out what guards against each fault, one after another, and sees that its test goes red.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { findBrowser } from './lib/browser.mjs'
import { Refusal, runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'
import { GUARDS } from './lib/guards.mjs'
import { ROOT, SERVER_ENTRY } from './lib/paths.mjs'
import { run, tail } from './lib/run.mjs'
import { withScratch } from './lib/scratch.mjs'
import { TAG_FILTERS } from './lib/soak-tag.mjs'

const FLAGS = {
  'only': { kind: 'text', help: 'part of a fault\'s name' },
  'skip-green': { kind: 'switch', help: 'do not see first that all is green with nothing taken out' },
  'show': { kind: 'switch', help: 'what the tests said, also where they went red as they must' },
}
const TEST_LIMIT_MS = 5 * 60_000
/** The server is real, so a story is told a little differently each time: what is missing must be seen once in so many. */
const TRIES = 3

/** Folders that are not in git and that tests need. Linked, but for the build, of which files are changed. */
const LINKED = ['node_modules', 'apps/web/node_modules', 'apps/embedded/node_modules']
const COPIED = ['apps/web/.output', 'apps/web/.nuxt', 'apps/web/shared/generated']

/** The working tree as it stands, in a folder of its own: nobody's files are broken on the way. */
function copyTree(folder) {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 }).split('\0').filter(Boolean)
  for (const file of files) {
    if (!existsSync(join(ROOT, file))) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(ROOT, file), join(folder, file))
  }
  for (const name of LINKED) if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(folder, name))
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true, verbatimSymlinks: true })
}

/** `name`, or every script below a folder where it ends with two stars: a build names its files as it likes. */
function filesOf(folder, name) {
  if (!name.endsWith('/**')) return [join(folder, name)]
  const below = join(folder, name.slice(0, -'/**'.length))
  return readdirSync(below, { recursive: true }).filter(file => file.endsWith('.mjs') && !file.includes('node_modules')).map(file => join(below, file))
}

/** The one file that an edit is about, with its text. @throws where what is to be taken out stands nowhere, or twice */
function textOf(folder, { file, find }) {
  const found = filesOf(folder, file).map(path => ({ path, text: readFileSync(path, 'utf8') })).filter(({ text }) => text.includes(find))
  const times = found.reduce((sum, { text }) => sum + text.split(find).length - 1, 0)
  if (times !== 1) throw new Refusal(`"${find.split('\n')[0]}" stands ${times} times in ${file}: scripts/lib/guards.mjs must follow the code.`)
  return found[0]
}

/** Whether the tests are red, and what they said. */
async function tryTests(folder, { config, file, name, depth = 'quick' }, env) {
  const args = [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', '--tags-filter', TAG_FILTERS[depth], '--config', join(folder, config), ...name ? ['-t', name] : [], file]
  const { code, output } = await run(process.execPath, args, { cwd: dirname(join(folder, config)), env, timeoutMs: TEST_LIMIT_MS })
  // A run in which nothing ran is no verdict.
  if (/No test files found|\(0 test|Tests +\d+ skipped \(/.test(output)) throw new Refusal(`No test ran for "${name ?? file}":\n${tail(output, 15)}`)
  return { red: code !== 0, output }
}

async function look(folder, guard, env, shows) {
  const began = Date.now()
  const { fault, without, edits, caughtBy } = guard
  const before = []
  try {
    for (const edit of edits) {
      const { path, text } = textOf(folder, edit)
      before.push({ path, text })
      writeFileSync(path, text.replace(edit.find, () => edit.replace))
    }
    let [red, output, tries] = [false, '', 0]
    while (!red && tries++ < TRIES) ({ red, output } = await tryTests(folder, caughtBy, env))
    console.log(`${red ? 'caught' : 'NOT CAUGHT'}: ${fault}; taken out: ${without}; ${caughtBy.name ?? caughtBy.file} (${tries > 1 && red ? `try ${tries}, ` : ''}${Math.round((Date.now() - began) / 1000)} s)`)
    if (shows || !red) console.log(tail(output, 30))
    return red
  }
  finally {
    for (const { path, text } of before.toReversed()) writeFileSync(path, text)
  }
}

/** With everything in its place the tests are green: else red would say nothing. Files whose tests are chosen by name run once, whole. */
async function seeAllGreen(folder, guards, env) {
  const files = new Map(guards.map(({ caughtBy: { config, file, depth } }) => [file, { config, file, depth }]))
  for (const catcher of files.values()) {
    const { red, output } = await tryTests(folder, catcher, env)
    if (red) throw new Refusal(`With nothing taken out ${catcher.file} is red already:\n${tail(output)}`)
  }
  console.log(`green with nothing taken out: ${[...files.keys()].join(', ')}`)
}

await runMain((argv) => {
  const { only = '', show = false, 'skip-green': skipsGreen = false } = readFlags(argv, FLAGS, 'pnpm soak:guards')
  const chosen = GUARDS.filter(({ fault }) => fault.includes(only))
  if (chosen.length === 0) throw new Refusal(`No fault has "${only}" in its name: ${GUARDS.map(({ fault }) => fault).join('; ')}.`)
  if (!existsSync(SERVER_ENTRY)) throw new Refusal('There is no build to test: run `node scripts/build.mjs` first.')
  return withScratch(async (scratch) => {
    const env = { TMPDIR: scratch, CHROMIUM_PATH: await findBrowser() }
    const folder = join(scratch, 'tree')
    copyTree(folder)
    if (!skipsGreen) await seeAllGreen(folder, chosen, env)
    const missed = []
    for (const guard of chosen) if (!await look(folder, guard, env, show)) missed.push(guard.fault)
    console.log(`${chosen.length - missed.length} of ${chosen.length} caught`)
    return missed.length === 0 ? 0 : 1
  })
})
