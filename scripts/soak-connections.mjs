// Ten companies in five tabs, watched for a minute: how many sync requests are in flight at once.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'apps/web/vitest.e2e.config.ts', 'test/e2e/road.test.ts', '-t', 'never have more than two sync requests in flight']

await runMain((argv) => {
  const { seconds = 60 } = readFlags(argv, { seconds: { kind: 'number', most: 3600, help: 'how long it is watched, 60 where not given' } }, 'pnpm soak:connections')
  const { status } = spawnSync(process.execPath, [...args, '--testTimeout', String(seconds * 1000 + 180_000)], { cwd: root, stdio: 'inherit', env: { ...process.env, CONNECTIONS_SECONDS: String(seconds) } })
  return status ?? 1
})
