import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { keepAddresses } from '../addresses.mjs'
import { backUpBeforeMigration } from '../before-migration.mjs'
import { build } from '../build.mjs'
import { runChild } from '../children.mjs'
import { Refusal } from '../command.mjs'
import { readFlags, readPort } from '../flags.mjs'
import { ensureInstalled } from '../install.mjs'
import { Launcher } from '../launcher.mjs'
import { DATA, ROOT } from '../paths.mjs'
import { settlePort } from '../ports.mjs'
import { nodeWithTypeScript } from '../run.mjs'
import { keptSecrets } from '../secrets.mjs'
import { internalPorts, STACK_FLAGS, startApp, startEmbeddedStack, USUAL_PORTS } from '../stack.mjs'

const FLAGS = { ...STACK_FLAGS, dev: { kind: 'switch', help: 'the development server, which follows the sources' } }

/** `pnpm start` and `pnpm dev`: the app on the addresses of the environment, or on an embedded stack where there are none. */
export async function main(argv) {
  const flags = readFlags(argv, FLAGS, argv.includes('--dev') ? 'pnpm dev' : 'pnpm start')
  if (existsSync(`${ROOT}/.env`)) process.loadEnvFile(`${ROOT}/.env`)
  const outside = outsideAddresses(process.env)
  const dataDir = resolve(flags.data ?? `${DATA}/local`)
  const host = process.env.HOST || '127.0.0.1'
  const given = flags.port ?? (process.env.PORT ? readPort(process.env.PORT, 'PORT') : undefined)
  const port = await settlePort({ name: 'the app', flag: flags.port === undefined ? 'PORT or --port' : '--port', given, usual: USUAL_PORTS.app, host })
  const internal = outside === undefined ? await internalPorts(flags) : undefined
  const secrets = keptSecrets(dataDir)

  const launcher = new Launcher()
  await ensureInstalled()
  await build({ upTo: flags.dev ? 'the worker' : undefined })
  try {
    const addresses = outside ?? await startEmbeddedStack(launcher, { dataDir, ...internal, secrets })
    const publicUrl = process.env.PUBLIC_URL || ownUrl(host, port)
    const env = { ...addresses, PUBLIC_URL: publicUrl, NUXT_SESSION_PASSWORD: process.env.NUXT_SESSION_PASSWORD || secrets.session }
    if (outside === undefined) keepAddresses(dataDir, { ...addresses, PUBLIC_URL: publicUrl })
    if (outside === undefined) await backUpBeforeMigration({ dataDir, ownerUrl: addresses.DATABASE_MIGRATION_URL })
    // The built server migrates by itself before it listens; Nuxt's development server does not.
    if (flags.dev) await runChild({ name: 'Migrating', args: [...nodeWithTypeScript, 'scripts/migrate.ts'], env })
    const url = await startApp(launcher, { env, host, port, dev: flags.dev, patient: outside !== undefined && !flags.dev })
    console.log(`The app is on ${url}. Ctrl-C stops it.`)
    throw new Refusal(`${await launcher.firstEnd()}: the rest stops too.`)
  }
  finally {
    await launcher.stop()
  }
}

/** Where only this machine comes to the app, its address is known; undefined elsewhere. */
const ownUrl = (host, port) => host === '127.0.0.1' || host === 'localhost' ? `http://localhost:${port}` : undefined

/**
 * The addresses of a Postgres and an Electric of one's own, which come together or not at all.
 * @param {NodeJS.ProcessEnv} env
 * @returns {import('../stack.mjs').Addresses | undefined} undefined where none is set
 */
export function outsideAddresses(env) {
  const database = env.DATABASE_URL, electric = env.ELECTRIC_URL, key = env.ELECTRIC_API_KEY
  if (!database && !electric) return undefined
  const missing = (name, because) => new Refusal(`${name} is not set but ${because}: set it too, or neither DATABASE_URL nor ELECTRIC_URL for the embedded stack.`)
  if (!electric) throw missing('ELECTRIC_URL', 'DATABASE_URL is')
  if (!database) throw missing('DATABASE_URL', 'ELECTRIC_URL is')
  if (!key) throw missing('ELECTRIC_API_KEY', 'ELECTRIC_URL is')
  return { DATABASE_URL: database, DATABASE_MIGRATION_URL: env.DATABASE_MIGRATION_URL || undefined, ELECTRIC_URL: electric, ELECTRIC_API_KEY: key }
}
