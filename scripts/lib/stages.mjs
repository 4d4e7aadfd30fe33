import { ROOT, WEB } from './paths.mjs'

const bin = name => `${ROOT}/node_modules/.bin/${name}`
const own = (script, ...flags) => [process.execPath, [`${ROOT}/scripts/${script}`, ...flags]]
const vitest = (config, cwd = WEB) => ({ kind: 'tests', config: `${cwd}/${config}`, cwd })
const scenes = (...names) => ({ ...vitest('vitest.e2e.config.ts'), files: names.map(name => `test/e2e/${name}.test.ts`) })

/**
 * What `npm test` does. A check counts as one; tests count themselves. Two lanes run side by side, and a stage of tests
 * runs two or three of its files at once where it has the machine for itself (two cores). The browser's scenes are stages
 * of their own, so that one of them that hangs is ended before it has cost everybody's time.
 * `budget`: the seconds that a stage may take on two cores, told by the README too. `soak`: whether `npm run test:soak` has
 * tests of it (or needs it for those).
 * @type {{ name: string, lane: string, after?: string[], kind: 'check' | 'tests', command?: [string, string[]], config?: string, files?: string[], cwd?: string, browser?: boolean, budget: number, soak?: boolean }[]}
 */
export const STAGES = [
  { name: 'lint', lane: 'two', kind: 'check', command: [bin('eslint'), ['.', '--max-warnings', '0']], budget: 75 },
  { name: 'types', lane: 'one', kind: 'check', command: own('typecheck.mjs', '--prepared'), budget: 110 },
  { name: 'boundaries', lane: 'two', kind: 'check', command: [bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'apps', 'scripts']], budget: 20 },
  // Clears the folder of Nuxt's types, which the checks read and the app's tests.
  { name: 'build', lane: 'one', after: ['boundaries'], kind: 'check', command: own('build.mjs'), budget: 160, soak: true },
  { name: 'unit', lane: 'two', ...vitest('vitest.unit.config.ts', ROOT), budget: 40 },
  { name: 'conformance', lane: 'two', ...vitest('vitest.config.ts', `${ROOT}/apps/embedded`), budget: 150, soak: true },
  { name: 'commands', lane: 'one', ...vitest('vitest.commands.config.ts', ROOT), budget: 150, soak: true },
  { name: 'app', lane: 'two', after: ['build'], ...vitest('vitest.app.config.ts'), budget: 160 },
  { name: 'integration', lane: 'one', after: ['app'], ...vitest('vitest.server.config.ts'), budget: 270, soak: true },
  { name: 'worker', lane: 'one', ...vitest('vitest.worker.config.ts'), browser: true, budget: 200, soak: true },
  { name: 'road', lane: 'one', ...scenes('road'), browser: true, budget: 130, soak: true },
  { name: 'pages', lane: 'one', ...scenes('pages'), browser: true, budget: 110, soak: true },
  { name: 'shell', lane: 'one', ...scenes('shell'), browser: true, budget: 110, soak: true },
  { name: 'faults', lane: 'one', ...vitest('vitest.faults.config.ts'), browser: true, budget: 100, soak: true },
  { name: 'axe', lane: 'two', after: ['build', 'worker'], ...scenes('axe', 'front', 'edge'), browser: true, budget: 130 },
  { name: 'access', lane: 'two', after: ['build', 'worker'], ...scenes('access'), browser: true, budget: 130, soak: true },
  { name: 'writes', lane: 'two', after: ['build', 'worker'], ...scenes('writes'), browser: true, budget: 80, soak: true },
  { name: 'journey', lane: 'two', after: ['build', 'worker'], ...scenes('journey'), browser: true, budget: 90 },
  { name: 'purge', lane: 'two', after: ['build', 'worker'], ...scenes('purge'), browser: true, budget: 85, soak: true },
  { name: 'leads', lane: 'two', after: ['build', 'worker'], ...scenes('leads'), browser: true, budget: 120, soak: true },
  // Not beside the one before: three browsers with a stack each are more than two cores carry within the scenes' time.
  { name: 'upgrade', lane: 'two', after: ['build', 'worker'], ...scenes('upgrade'), browser: true, budget: 60 },
]
