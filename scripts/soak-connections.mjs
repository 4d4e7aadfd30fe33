// Ten companies in five tabs, watched for a minute: how many sync requests are in flight at once.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../', import.meta.url))
const usage = 'Usage: node scripts/soak-connections.mjs [--seconds 60]'

function seconds() {
  try {
    const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } })
    const given = Number(values.seconds)
    if (!Number.isInteger(given) || given < 1 || given > 3600) throw new Error('--seconds takes a whole number from 1 to 3600.')
    return given
  }
  catch (error) {
    console.error(`${error.message} ${usage}`)
    process.exit(2)
  }
}

const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'apps/web/vitest.e2e.config.ts', 'test/e2e/road.test.ts', '-t', 'never have more than two sync requests in flight']
const given = seconds()
const { status } = spawnSync(process.execPath, [...args, '--testTimeout', String(given * 1000 + 180_000)], { cwd: root, stdio: 'inherit', env: { ...process.env, CONNECTIONS_SECONDS: String(given) } })
process.exit(status ?? 1)
