import { ROOT, WEB } from './paths.mjs'

const bin = name => `${ROOT}/node_modules/.bin/${name}`
const own = script => [process.execPath, [`${ROOT}/scripts/${script}`]]
const vitest = (config, cwd = WEB) => ({ kind: 'tests', config: `${cwd}/${config}`, cwd })

/**
 * What `npm test` does, in order: what fails soonest comes first. A check counts as one; tests count themselves.
 * @type {{ name: string, kind: 'check' | 'tests', command?: [string, string[]], config?: string, cwd?: string, browser?: boolean, builds?: boolean }[]}
 */
export const STAGES = [
  { name: 'lint', kind: 'check', command: [bin('eslint'), ['.', '--max-warnings', '0']] },
  { name: 'types', kind: 'check', command: own('typecheck.mjs') },
  { name: 'boundaries', kind: 'check', command: [bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'apps', 'scripts']] },
  { name: 'build', kind: 'check', command: own('build.mjs') },
  { name: 'unit', ...vitest('vitest.unit.config.ts', ROOT) },
  { name: 'conformance', ...vitest('vitest.config.ts', `${ROOT}/apps/embedded`) },
  { name: 'integration', ...vitest('vitest.server.config.ts') },
  { name: 'worker', ...vitest('vitest.worker.config.ts'), browser: true },
  { name: 'app', ...vitest('vitest.app.config.ts') },
  { name: 'commands', ...vitest('vitest.commands.config.ts', ROOT) },
  { name: 'browser', ...vitest('vitest.e2e.config.ts'), browser: true },
]
