import { resolve } from 'node:path'
import { keepAddresses } from '../addresses.mjs'
import { backUpBeforeMigration } from '../before-migration.mjs'
import { build } from '../build.mjs'
import { runChild } from '../children.mjs'
import { Refusal } from '../command.mjs'
import { readFlags } from '../flags.mjs'
import { ensureInstalled } from '../install.mjs'
import { Launcher } from '../launcher.mjs'
import { DATA } from '../paths.mjs'
import { settlePort } from '../ports.mjs'
import { nodeWithTypeScript } from '../run.mjs'
import { keptSecrets } from '../secrets.mjs'
import { internalPorts, STACK_FLAGS, startApp, startEmbeddedStack, USUAL_PORTS } from '../stack.mjs'

/** `npm run demo`: from a bare clone to the app with demo data. */
export async function main(argv) {
  const flags = readFlags(argv, STACK_FLAGS, 'npm run demo --')
  const dataDir = resolve(flags.data ?? `${DATA}/demo`)
  const port = await settlePort({ name: 'the app', flag: '--port', given: flags.port, usual: USUAL_PORTS.app })
  const internal = await internalPorts(flags)
  const secrets = keptSecrets(dataDir)

  const launcher = new Launcher()
  await ensureInstalled()
  await build()
  try {
    const logFile = `${dataDir}/logs/demo.log`
    console.log(`Starting (data in ${dataDir}, log in ${logFile}) …`)
    const addresses = await startEmbeddedStack(launcher, { dataDir, ...internal, secrets, logFile })
    keepAddresses(dataDir, { ...addresses, PUBLIC_URL: `http://localhost:${port}` })
    await backUpBeforeMigration({ dataDir, ownerUrl: addresses.DATABASE_MIGRATION_URL, logFile })
    const url = await startApp(launcher, {
      env: { ...addresses, DEMO: '1', NUXT_SESSION_PASSWORD: secrets.session, PUBLIC_URL: `http://localhost:${port}`, PGLITE_DB_NAME: undefined, SIGN_UP: 'on', MAIL_URL: undefined, MAIL_FROM: undefined },
      host: '127.0.0.1',
      port,
      logFile,
    })
    await runChild({ name: 'Making the demo data', args: [...nodeWithTypeScript, 'scripts/seed-demo.ts'], env: addresses, logFile })
    await announce(url)
    const how = await launcher.firstEnd()
    throw new Refusal(`${how}: the demo stops. Its log is ${logFile}.`)
  }
  finally {
    await launcher.stop()
  }
}

/** Says where the app is and who may sign in; the accounts come from the app itself, which lists them for its sign-in page. */
async function announce(url) {
  const { demoAccounts = [] } = await (await fetch(`${url}/api/config`)).json()
  const width = Math.max(0, ...demoAccounts.map(({ email }) => email.length))
  console.log([
    '', `The app is on ${url}`, '',
    'Sign in as', ...demoAccounts.map(({ email, password, note }) => `  ${email.padEnd(width)}  ${password}  ${note}`),
    '', 'Ctrl-C stops it; the data stays.',
  ].join('\n'))
}
