import { ROOT, WEB } from './paths.mjs'

const bin = name => `${ROOT}/node_modules/.bin/${name}`
const own = script => [process.execPath, [`${ROOT}/scripts/${script}`]]
const vitest = (config, cwd = WEB) => ({ kind: 'tests', config: `${cwd}/${config}`, cwd })

/**
 * What `npm test` does. A check counts as one; tests count themselves. Two lanes run side by side until all is built; what
 * has browsers or clocks in it runs alone after that, since on two cores it would be slow beside anything else.
 * @type {{ name: string, lane: string, after?: string[], kind: 'check' | 'tests', command?: [string, string[]], config?: string, cwd?: string, browser?: boolean }[]}
 */
export const STAGES = [
  { name: 'lint', lane: 'app', kind: 'check', command: [bin('eslint'), ['.', '--max-warnings', '0']] },
  { name: 'types', lane: 'app', kind: 'check', command: own('typecheck.mjs') },
  { name: 'boundaries', lane: 'app', kind: 'check', command: [bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'apps', 'scripts']] },
  { name: 'build', lane: 'app', kind: 'check', command: own('build.mjs') },
  { name: 'unit', lane: 'app', ...vitest('vitest.unit.config.ts', ROOT) },
  { name: 'conformance', lane: 'parts', ...vitest('vitest.config.ts', `${ROOT}/apps/embedded`) },
  { name: 'integration', lane: 'app', after: ['conformance'], ...vitest('vitest.server.config.ts') },
  { name: 'worker', lane: 'app', ...vitest('vitest.worker.config.ts'), browser: true },
  { name: 'app', lane: 'app', ...vitest('vitest.app.config.ts') },
  { name: 'commands', lane: 'app', ...vitest('vitest.commands.config.ts', ROOT) },
  { name: 'browser', lane: 'app', ...vitest('vitest.e2e.config.ts'), browser: true },
]
