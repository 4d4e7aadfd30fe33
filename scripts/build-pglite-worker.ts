import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { ENGINE_FILES, engineFiles } from '../apps/web/modules/shell/engine-files'
import { VERSIONS_FILE, versionOf } from '../apps/web/modules/shell/worker-files'
import { packStart } from '../apps/web/worker/database/start-data'
import { runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'
import { startData } from './start-data'

const ENGINES = { 'ours': 'engine.ts', 'pglite-sync': 'engine-upstream.ts' }
const root = fileURLToPath(new URL('..', import.meta.url))
const web = join(root, 'apps/web')
const START_FILE = 'start.data'
const BUNDLE_FILE = 'pglite.bundle.js'

/**
 * Emits the self-contained worker: `pglite.bundle.js` with PGlite's wasm and data and our start data beside it.
 * @param folder where it goes; emptied first
 * @param engine whose applier is in it
 * @param plugins of esbuild, for a bundle that is measured without one of its parts
 */
export async function buildWorker(folder = join(web, 'public/workers'), engine: keyof typeof ENGINES = 'ours', plugins: Plugin[] = []): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [name, { content }] of Object.entries(engineFiles())) await writeFile(join(folder, name), content)
  const start = await startData()
  await writeFile(join(folder, START_FILE), packStart(start))
  const versions = Object.fromEntries(await Promise.all([...ENGINE_FILES, START_FILE].map(async name => [name, versionOf(await readFile(join(folder, name)))] as const)))
  await build({
    entryPoints: [join(root, 'scripts/pglite-worker-entry.ts')],
    outfile: join(folder, BUNDLE_FILE),
    bundle: true, format: 'esm', minify: true, platform: 'browser', target: 'es2022',
    // PGlite asks for it under Node only; any other import that is left would kill the worker without a word.
    external: ['node:module'],
    // Start data of another build would not have the tables that this bundle expects.
    define: { START_VERSION: JSON.stringify(start.version), ASSET_VERSIONS: JSON.stringify(versions) },
    alias: { '#shape-engine': join(web, 'worker/apply', ENGINES[engine]) },
    logLevel: 'warning',
    plugins,
  })
  versions[BUNDLE_FILE] = versionOf(await readFile(join(folder, BUNDLE_FILE)))
  await writeFile(join(folder, VERSIONS_FILE), JSON.stringify(versions))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain((argv) => {
    const { sync, out } = readFlags(argv, {
      sync: { kind: 'choice', of: Object.keys(ENGINES) as (keyof typeof ENGINES)[], help: 'whose applier is in it, ours where not given' },
      out: { kind: 'text', help: 'folder that it goes to, emptied first' },
    }, 'pnpm build:worker')
    return buildWorker(out, sync)
  })
}
