// `pnpm test:browsers`: the scenes of other engines than Chromium, against the built app, and a table of what was seen.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runMain, Refusal } from './lib/command.mjs'
import { engineTable, figuresIn } from './lib/engine-table.mjs'
import { ENGINES, findEngine } from './lib/engines.mjs'
import { readFlags } from './lib/flags.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { ROOT } from './lib/paths.mjs'

const NAMES = Object.keys(ENGINES)

await runMain(async (argv) => {
  const { only } = readFlags(argv, { only: { kind: 'text', help: `one of them: ${NAMES.join(', ')}` } }, 'pnpm test:browsers')
  if (only !== undefined && !NAMES.includes(only)) throw new Refusal(`There is no engine "${only}": --only takes ${NAMES.join(' or ')}.`)
  await ensureInstalled()
  const chosen = only === undefined ? NAMES : [only]
  const env = { ...process.env }
  for (const name of chosen) Object.assign(env, await findEngine(name))
  const folder = mkdtempSync(join(tmpdir(), 'mvdb-engines-'))
  try {
    const figures = join(folder, 'figures.jsonl')
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'apps/web/vitest.engines.config.ts', ...chosen.map(name => `test/engines/${name}.test.ts`)]
    const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...env, ENGINE_FIGURES: figures } })
    console.log(engineTable(figuresIn(figures)))
    return status ?? 1
  }
  finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
