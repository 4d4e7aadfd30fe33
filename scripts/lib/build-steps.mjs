import { nodeWithTypeScript } from './run.mjs'
import { WEB } from './paths.mjs'
import { SYNCS } from './sync-choice.mjs'

const script = (name, ...args) => [process.execPath, [...nodeWithTypeScript, `scripts/${name}.ts`, ...args]]
const LOCK = 'pnpm-lock.yaml'
const SHARED = 'apps/web/shared'

/**
 * What is built, in order. Each step: what it reads, what shows that it was made, and how to make it. A later step
 * reads what an earlier one made, so that one change runs through.
 * @param {typeof SYNCS[number]} [sync] whose applier the worker is built on
 * @returns {{ name: string, sources: string[], output: string, command: [string, string[]], cwd?: string, options?: string }[]}
 */
export const buildSteps = (sync = SYNCS[0]) => [
  {
    name: 'the catalogue\'s derivatives',
    sources: ['apps/web/shared/catalogue', 'scripts/catalogue', 'scripts/generate-catalogue.ts', LOCK],
    output: 'apps/web/shared/generated/catalogue.gen.ts',
    command: script('generate-catalogue'),
  },
  {
    name: 'the worker',
    sources: ['apps/web/worker', SHARED, 'apps/web/modules/shell/worker-files.ts', 'apps/web/modules/shell/engine-files.ts', 'scripts/build-pglite-worker.ts', 'scripts/start-data.ts', 'scripts/pglite-worker-entry.ts', LOCK],
    output: 'apps/web/public/workers/pglite.bundle.js',
    command: script('build-pglite-worker', `--sync=${sync}`),
    options: sync,
  },
  {
    name: 'the form',
    sources: ['apps/web/form', SHARED, 'apps/web/vite.form.config.ts', 'apps/web/modules/shell/worker-files.ts', 'apps/web/modules/shell/engine-files.ts', 'scripts/build-form.ts', 'apps/web/package.json', LOCK],
    output: 'apps/web/public/f/sw.js',
    command: script('build-form'),
  },
  {
    name: 'the compressed copies',
    sources: ['apps/web/public/workers/pglite.bundle.js', 'apps/web/public/workers/pglite.wasm', 'apps/web/public/workers/pglite.data', 'apps/web/public/workers/start.data'],
    output: 'apps/web/public/workers/pglite.wasm.br',
    command: [process.execPath, ['scripts/lib/compress-assets.mjs']],
  },
  {
    name: 'the app',
    sources: ['apps/web/app', 'apps/web/server', 'apps/web/modules', 'apps/web/service-worker', 'apps/web/head-start', SHARED, 'apps/web/public', 'apps/web/nuxt.config.ts', 'apps/web/package.json', 'nuxt.config.ts', LOCK],
    output: 'apps/web/.output/server/index.mjs',
    command: [process.execPath, [`${WEB}/node_modules/nuxt/bin/nuxt.mjs`, 'build']],
    cwd: WEB,
  },
  {
    name: 'the server\'s entry',
    // The app's build clears the folder, so its own output is one of the sources here.
    sources: ['apps/web/server', SHARED, 'scripts/build-server-entry.ts', 'apps/web/.output/server/index.mjs', LOCK],
    output: 'apps/web/.output/server/start.mjs',
    command: script('build-server-entry'),
  },
]
