import { ROOT, WEB } from './paths.mjs'

const bin = name => `${ROOT}/node_modules/.bin/${name}`
const own = script => [process.execPath, [`${ROOT}/scripts/${script}`]]
const vitest = (config, cwd = WEB) => ({ kind: 'tests', config: `${cwd}/${config}`, cwd })
const scenes = (...names) => ({ ...vitest('vitest.e2e.config.ts'), files: names.map(name => `test/e2e/${name}.test.ts`) })

/**
 * What `npm test` does. A check counts as one; tests count themselves. Two lanes run side by side as long as neither has a
 * browser and a clock in it; the rest runs alone after that, since on two cores it would be slow beside anything else. The
 * browser's scenes are stages of their own, so that one of them that hangs is ended before it has cost everybody's time.
 * @type {{ name: string, lane: string, after?: string[], kind: 'check' | 'tests', command?: [string, string[]], config?: string, files?: string[], cwd?: string, browser?: boolean }[]}
 */
export const STAGES = [
  { name: 'lint', lane: 'app', kind: 'check', command: [bin('eslint'), ['.', '--max-warnings', '0']] },
  { name: 'types', lane: 'app', kind: 'check', command: own('typecheck.mjs') },
  { name: 'boundaries', lane: 'app', kind: 'check', command: [bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'apps', 'scripts']] },
  { name: 'build', lane: 'app', kind: 'check', command: own('build.mjs') },
  { name: 'unit', lane: 'app', ...vitest('vitest.unit.config.ts', ROOT) },
  { name: 'commands', lane: 'app', ...vitest('vitest.commands.config.ts', ROOT) },
  { name: 'conformance', lane: 'parts', ...vitest('vitest.config.ts', `${ROOT}/apps/embedded`) },
  { name: 'app', lane: 'parts', ...vitest('vitest.app.config.ts') },
  { name: 'integration', lane: 'app', after: ['app'], ...vitest('vitest.server.config.ts') },
  { name: 'worker', lane: 'app', ...vitest('vitest.worker.config.ts'), browser: true },
  { name: 'road', lane: 'app', ...scenes('road'), browser: true },
  { name: 'access', lane: 'app', ...scenes('access', 'purge'), browser: true },
  { name: 'pages', lane: 'app', ...scenes('pages', 'journey'), browser: true },
  { name: 'axe', lane: 'app', ...scenes('axe', 'front'), browser: true },
  { name: 'shell', lane: 'app', ...scenes('shell'), browser: true },
]
