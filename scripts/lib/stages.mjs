import { ROOT, WEB } from './paths.mjs'

const bin = name => `${ROOT}/node_modules/.bin/${name}`
const own = script => [process.execPath, [`${ROOT}/scripts/${script}`]]
const vitest = (config, cwd = WEB) => ({ kind: 'tests', config: `${cwd}/${config}`, cwd })
const scenes = (...names) => ({ ...vitest('vitest.e2e.config.ts'), files: names.map(name => `test/e2e/${name}.test.ts`) })

/**
 * What `npm test` does. A check counts as one; tests count themselves. Two lanes run side by side as long as neither has a
 * browser and a clock in it; the rest runs alone after that, since on two cores it would be slow beside anything else. The
 * browser's scenes are stages of their own, so that one of them that hangs is ended before it has cost everybody's time.
 * `budget`: the seconds that a stage may take on two cores, told by the README too. `soak`: whether `npm run test:soak` has
 * tests of it (or needs it for those).
 * @type {{ name: string, lane: string, after?: string[], kind: 'check' | 'tests', command?: [string, string[]], config?: string, files?: string[], cwd?: string, browser?: boolean, budget: number, soak?: boolean }[]}
 */
export const STAGES = [
  { name: 'lint', lane: 'app', kind: 'check', command: [bin('eslint'), ['.', '--max-warnings', '0']], budget: 75 },
  { name: 'types', lane: 'app', kind: 'check', command: own('typecheck.mjs'), budget: 110 },
  { name: 'boundaries', lane: 'app', kind: 'check', command: [bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'apps', 'scripts']], budget: 20 },
  { name: 'build', lane: 'app', kind: 'check', command: own('build.mjs'), budget: 160, soak: true },
  { name: 'unit', lane: 'app', ...vitest('vitest.unit.config.ts', ROOT), budget: 30 },
  { name: 'commands', lane: 'app', ...vitest('vitest.commands.config.ts', ROOT), budget: 120, soak: true },
  { name: 'conformance', lane: 'parts', ...vitest('vitest.config.ts', `${ROOT}/apps/embedded`), budget: 240, soak: true },
  { name: 'app', lane: 'parts', ...vitest('vitest.app.config.ts'), budget: 200 },
  { name: 'integration', lane: 'app', after: ['app'], ...vitest('vitest.server.config.ts'), budget: 330, soak: true },
  { name: 'worker', lane: 'app', ...vitest('vitest.worker.config.ts'), browser: true, budget: 360, soak: true },
  { name: 'road', lane: 'app', ...scenes('road'), browser: true, budget: 130, soak: true },
  { name: 'access', lane: 'app', ...scenes('access'), browser: true, budget: 130, soak: true },
  { name: 'purge', lane: 'app', ...scenes('purge'), browser: true, budget: 60 },
  { name: 'pages', lane: 'app', ...scenes('pages'), browser: true, budget: 110, soak: true },
  { name: 'journey', lane: 'app', ...scenes('journey'), browser: true, budget: 90 },
  { name: 'axe', lane: 'app', ...scenes('axe', 'front'), browser: true, budget: 120 },
  { name: 'shell', lane: 'app', ...scenes('shell'), browser: true, budget: 110, soak: true },
]
