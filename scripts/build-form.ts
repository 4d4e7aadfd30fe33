import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { versionOf } from '../apps/web/modules/shell/worker-files'
import { FORM_PAGES } from '../apps/web/shared/leads/form'
import { Refusal, runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'
import { run, tail } from './lib/run.mjs'

const web = fileURLToPath(new URL('../apps/web', import.meta.url))
const folder = join(web, 'public', FORM_PAGES)

/** Builds the public form, and the service worker that keeps it on a visitor's device. */
async function buildForm(): Promise<void> {
  const vite = join(dirname(createRequire(join(web, 'package.json')).resolve('vite/package.json')), 'bin/vite.js')
  const { code, output } = await run(process.execPath, [vite, 'build', '--config', 'vite.form.config.ts'], { cwd: web })
  if (code !== 0) throw new Refusal(`The form could not be built.\n${tail(output)}`)
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile()).map(entry => relative(folder, join(entry.parentPath, entry.name)))
  const entries = await Promise.all(files.map(async (file) => {
    const content = await readFile(join(folder, file))
    // Checked by the browser: what a replica of another version answers, or a network's own page, ends the installation.
    const integrity = `sha256-${createHash('sha256').update(content).digest('base64')}`
    return { url: FORM_PAGES + file, revision: file.startsWith('_assets/') ? null : versionOf(content), integrity }
  }))
  await build({
    entryPoints: [join(web, 'form/sw.ts')], outfile: join(folder, 'sw.js'), bundle: true, format: 'iife', minify: true, platform: 'browser', target: 'es2022',
    define: { 'FORM_FILES': JSON.stringify(entries), 'process.env.NODE_ENV': '"production"' }, logLevel: 'warning',
  })
}

await runMain((argv) => {
  readFlags(argv, {}, 'pnpm build:form')
  return buildForm()
})
