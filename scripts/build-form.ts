import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { engineFiles } from '../apps/web/modules/shell/engine-files'
import { versionOf } from '../apps/web/modules/shell/worker-files'
import { FORM_PAGES } from '../apps/web/shared/leads/form'
import { Refusal, runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'
import { run, tail } from './lib/run.mjs'

const web = fileURLToPath(new URL('../apps/web', import.meta.url))
const folder = join(web, 'public', FORM_PAGES)

/** What a stranger at a stand may be made to wait for: all that the form loads until it takes input, as brotli has it. */
const MOST_BYTES = 120_000

interface File { url: string, content: Buffer, revision: string | null }

/**
 * Builds the public form, and the service worker that keeps it on a visitor's device.
 * @param mode in `development` an address may ask for a variant of an experiment
 */
async function buildForm(mode: 'production' | 'development'): Promise<void> {
  const vite = join(dirname(createRequire(join(web, 'package.json')).resolve('vite/package.json')), 'bin/vite.js')
  const { code, output } = await run(process.execPath, [vite, 'build', '--config', 'vite.form.config.ts', '--mode', mode], { cwd: web })
  if (code !== 0) throw new Refusal(`The form could not be built.\n${tail(output)}`)
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile()).map(entry => relative(folder, join(entry.parentPath, entry.name)))
  const files: File[] = await Promise.all(names.map(async (name) => {
    const content = await readFile(join(folder, name))
    return { url: FORM_PAGES + name, content, revision: name.startsWith('_') ? null : versionOf(content) }
  }))
  const [first, later] = [files.filter(({ url }) => !isLater(url)), files.filter(({ url }) => isLater(url))]
  const bytes = first.reduce((sum, { content }) => sum + brotliCompressSync(content).length, 0)
  if (bytes > MOST_BYTES) throw new Refusal(`The form has ${bytes} bytes until it takes input, ${MOST_BYTES} are the most: load what it can do without by import().`)
  await build({
    entryPoints: [join(web, 'form/sw.ts')], outfile: join(folder, 'sw.js'), bundle: true, format: 'iife', minify: true, platform: 'browser', target: 'es2022',
    define: {
      'FORM_FILES': JSON.stringify(first.map(kept)),
      'LATER_FILES': JSON.stringify([...later, ...Object.values(engineFiles()).map(file => ({ ...file, revision: null }))].map(kept)),
      'process.env.NODE_ENV': '"production"',
    },
    logLevel: 'warning',
  })
}

const isLater = (url: string) => url.startsWith(`${FORM_PAGES}_later/`)

/** Checked by the browser: what a replica of another version answers, or a network's own page, is not kept. */
const kept = ({ url, content, revision }: File) => ({ url, revision, integrity: `sha256-${createHash('sha256').update(content).digest('base64')}` })

await runMain((argv) => {
  const { development } = readFlags(argv, { development: { kind: 'switch', help: 'addresses may ask for a variant of an experiment' } }, 'pnpm build:form')
  return buildForm(development ? 'development' : 'production')
})
