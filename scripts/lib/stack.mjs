import { setTimeout as delay } from 'node:timers/promises'
import { startChild, untilReady } from './children.mjs'
import { settlePort } from './ports.mjs'
import { ROOT, SERVER_ENTRY, WEB } from './paths.mjs'
import { nodeWithTypeScript } from './run.mjs'

const WATCH = ['--import', new URL('./stop-with-parent.mjs', import.meta.url).href]

export const USUAL_PORTS = { app: 3000, pg: 54321, electric: 30000 }

/** Flags of every command that starts the stack. */
export const STACK_FLAGS = {
  'port': { kind: 'port', help: `of the app, usually ${USUAL_PORTS.app}` },
  'pg-port': { kind: 'port', help: 'of the embedded PostgreSQL' },
  'electric-port': { kind: 'port', help: 'of the embedded Electric' },
  'data': { kind: 'text', help: 'folder of the data, under .data/ where not given' },
}

/** Ports that only the app knows: those asked for, else the usual ones, else any that are free. */
export async function internalPorts(flags) {
  const pgPort = await settlePort({ name: 'PostgreSQL', flag: '--pg-port', given: flags['pg-port'], usual: USUAL_PORTS.pg, mayMove: true })
  const port = await settlePort({ name: 'Electric', flag: '--electric-port', given: flags['electric-port'], usual: USUAL_PORTS.electric, mayMove: true })
  return { pgPort, port }
}

/**
 * @typedef {object} Addresses what the app is told of the database and of Electric
 * @property {string} DATABASE_URL
 * @property {string} [DATABASE_MIGRATION_URL]
 * @property {string} ELECTRIC_URL
 * @property {string} ELECTRIC_API_KEY
 */

/**
 * Starts the embedded stack and waits until it answers.
 * @param {import('./launcher.mjs').Launcher} launcher
 * @param {{ dataDir: string, port: number, pgPort: number, secrets: { electric: string, postgres: string }, logFile?: string }} options
 * @returns {Promise<Addresses>}
 */
export async function startEmbeddedStack(launcher, { dataDir, port, pgPort, secrets, logFile }) {
  let announce
  const ready = new Promise((resolve) => { announce = resolve })
  const child = launcher.add(startChild({
    name: 'The embedded stack',
    args: [...nodeWithTypeScript, `${ROOT}/apps/embedded/main.ts`, '--port', String(port), '--pg-port', String(pgPort), '--data', dataDir, '--json', '--stop-with-parent'],
    // By the environment and not as a flag: a process list shows flags to every account of the machine.
    env: { ELECTRIC_SECRET: secrets.electric, EMBEDDED_POSTGRES_PASSWORD: secrets.postgres },
    logFile,
    graceMs: 20_000,
    onLine: (line) => {
      const said = readJson(line)
      if (typeof said?.appUrl !== 'string') return false
      announce(said)
      return true
    },
  }))
  const { url, appUrl, ownerUrl, placedOutside } = await untilReady(child, ready, { name: 'The embedded stack', timeoutMs: 60_000 })
  if (placedOutside !== undefined) console.log(`PostgreSQL does not run as root and its own account cannot enter ${dataDir}: its data is in ${placedOutside}, and is used again at the next start.`)
  return { DATABASE_URL: appUrl, DATABASE_MIGRATION_URL: ownerUrl, ELECTRIC_URL: url, ELECTRIC_API_KEY: secrets.electric }
}

function readJson(line) {
  try { return JSON.parse(line) }
  catch { return undefined }
}

/**
 * Starts the app and waits until it serves; `patient`: until it answers, because a database of one's own may be away.
 * @param {import('./launcher.mjs').Launcher} launcher
 * @param {{ env: Record<string, string | undefined>, host: string, port: number, dev?: boolean, logFile?: string, patient?: boolean }} options
 * @returns {Promise<string>} where it is to be opened
 */
export async function startApp(launcher, { env, host, port, dev = false, logFile, patient = false }) {
  const name = dev ? 'The development server' : 'The app'
  const nuxt = [`${WEB}/node_modules/nuxt/bin/nuxt.mjs`, 'dev', '--host', host, '--port', String(port), '--no-fork']
  const child = launcher.add(startChild({
    name,
    // Nuxt looks for the icons from where it is started.
    cwd: dev ? WEB : undefined,
    args: [...WATCH, ...(dev ? nuxt : [SERVER_ENTRY])],
    // Nitro prefers its own names; one of them in the shell must not move the app.
    env: { ...env, HOST: host, PORT: String(port), NITRO_HOST: undefined, NITRO_PORT: undefined, MALLOC_ARENA_MAX: '1', NODE_ENV: dev ? 'development' : 'production' },
    logFile,
  }))
  const url = `http://${host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host}:${port}`
  const probe = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/api/ready`
  await untilReady(child, answers(probe, child, patient), { name, timeoutMs: 120_000 })
  return url
}

async function answers(url, child, patient) {
  while (child.isRunning()) {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
    await response?.body?.cancel()
    // 503: it is there, and waits for its database by itself.
    if (response?.ok || (patient && response?.status === 503)) return
    await delay(100)
  }
}
