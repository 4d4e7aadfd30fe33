import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { DATA } from './paths.mjs'
import { run, step, tail } from './run.mjs'

/** A headless Chromium inside an npm package, with the libraries that a bare Linux lacks. Newer ones ask for Node 22. */
const PACKAGE = '@sparticuz/chromium@143.0.4'
const FOLDER = `${DATA}/browser`

/** Unpacks what the package holds; run in the folder, which is its TMPDIR too. */
const UNPACK = `
import chromium from '@sparticuz/chromium'
import { inflate } from './node_modules/@sparticuz/chromium/build/esm/lambdafs.js'
await chromium.executablePath()
await inflate('node_modules/@sparticuz/chromium/bin/al2023.tar.br')
`

/** Its own start: the libraries of the package go after what the machine has said itself. */
const STARTER = `#!/bin/sh
export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${FOLDER}/al2023/lib"
exec "${FOLDER}/chromium" "$@"
`

/**
 * Installs a browser from npm, outside the lockfile: only a machine that has none and no root needs it. Where that does
 * not come to a program that starts, it says in one line why.
 * @param {{ run?: typeof run, say?: (line: string) => void }} [machine]
 * @returns {Promise<string | undefined>} path of a program that starts, undefined where there is none for this machine
 */
export async function packagedBrowser({ run: execute = run, say = line => console.log(line) } = {}) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say(`The browser that comes by npm is for Linux on x64, not for ${process.platform} on ${process.arch}.`)
    return undefined
  }
  const starter = `${FOLDER}/start`
  const start = async () => existsSync(starter) ? execute(starter, ['--version'], { timeoutMs: 20_000 }) : { code: 1, output: '' }
  if ((await start()).code === 0) return starter
  const steps = [
    ['npm could not fetch it', () => execute('npm', ['install', '--no-save', '--no-package-lock', PACKAGE], { cwd: FOLDER, timeoutMs: 180_000 })],
    ['it could not be unpacked', () => execute(process.execPath, ['unpack.mjs'], { cwd: FOLDER, env: { TMPDIR: FOLDER } })],
    ['it does not start', start],
  ]
  return step(`No Chromium on this machine that could be used: installing ${PACKAGE} into .data/browser`, async () => {
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(`${FOLDER}/package.json`, '{"private":true,"type":"module"}')
    writeFileSync(`${FOLDER}/unpack.mjs`, UNPACK)
    writeFileSync(starter, STARTER, { mode: 0o755 })
    for (const [what, take] of steps) {
      const { code, output } = await take()
      if (code === 0) continue
      say(`${PACKAGE}: ${what} (${tail(output, 1) || 'it said nothing'}).`)
      return undefined
    }
    return starter
  }, say)
}
