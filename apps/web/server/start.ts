// The first thing that runs on a server: what it needs is right, the schema is the newest, then the API opens. Nitro does
// not wait for its own plugins, so a migration in one of them would run beside the first requests. What is configured
// wrongly ends the start; what is only away does not: the shell is served, the API says that the database is away, and
// this goes on trying.
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Place } from './checks/check'
import { lookAtElectric } from './checks/electric'
import { lookAtAll, reportOf } from './checks/report'
import { DemoError, refuseOpenDemo } from './db/demo-guard'
import { electricKeysOf, EnvironmentError, readDatabases, readEnvironment, type Environment } from './environment'
import { beginClosed } from './opening'
import { prepareDatabase, refuseFailed, StartError, type Databases } from './starting/prepare'
import { isWrong, watchElectric } from './starting/watch-electric'

/** So long the first try may take before the shell is served without the API. */
const FIRST_TRY_MS = 3_000
const AGAIN_MS = { first: 500, longest: 5_000 }
const migrations = fileURLToPath(new URL('./migrations', import.meta.url))

// For this machine only, where nobody says otherwise.
process.env.HOST ||= '127.0.0.1'

const said = new Set<string>()
/** To the operator, each sentence once: what is tried again every few seconds would say the same. */
function say(sentence: string): void {
  if (said.has(sentence)) return
  said.add(sentence)
  process.stderr.write(`${sentence}\n`)
}

function end(error: unknown): never {
  const isForPeople = error instanceof EnvironmentError || error instanceof DemoError || error instanceof StartError
  process.stderr.write(`${isForPeople ? error.message : `The server cannot start: ${error instanceof Error ? error.stack : String(error)}`}\n`)
  process.exit(1)
}

const placeOf = (read: Environment): Place =>
  ({ databaseUrl: read.DATABASE_URL, ownerUrl: read.DATABASE_MIGRATION_URL, electricUrl: read.ELECTRIC_URL, electricKeys: electricKeysOf(read), migrations })

/** The one-shot of a deployment: its process alone knows the owner of the tables. */
async function migrateOnly(): Promise<void> {
  const { DATABASE_URL: databaseUrl, DATABASE_MIGRATION_URL: ownerUrl } = readDatabases()
  const waiting = await prepareDatabase({ databaseUrl, ownerUrl, migrations }, { demo: false, say })
  if (waiting) throw new StartError(waiting)
  process.stdout.write('The database is of the newest schema.\n')
}

/** Says how everything is that this process would need, and serves nobody. */
async function examine(): Promise<void> {
  const { lines, hasFailed } = reportOf(await lookAtAll(placeOf(readEnvironment())))
  process.stdout.write(`${lines.join('\n')}\n`)
  process.exitCode = hasFailed ? 1 : 0
}

async function serve(): Promise<void> {
  const environment = readEnvironment()
  const { DEMO, PUBLIC_URL } = environment
  const place = placeOf(environment)
  // Nitro's own name for it comes first.
  if (DEMO) refuseOpenDemo({ host: process.env.NITRO_HOST || process.env.HOST || '', publicUrl: PUBLIC_URL })
  const open = beginClosed()
  const opened = untilPrepared(place, DEMO).then(open).catch(end)
  const [electric] = await Promise.all([lookAtElectric(place), Promise.race([opened, delay(FIRST_TRY_MS), firstTried])])
  const away = refuseFailed(electric)
  for (const { sentence } of electric.filter(isWrong)) say(sentence)
  if (away) void watchElectric(place, away, say)
  const server = './index.mjs'
  await import(server)
}

let tried = () => {}
const firstTried = new Promise<void>((resolve) => { tried = resolve })

async function untilPrepared(databases: Databases, demo: boolean): Promise<void> {
  for (let pause = AGAIN_MS.first; ; pause = Math.min(pause * 2, AGAIN_MS.longest)) {
    const waiting = await prepareDatabase(databases, { demo, say })
    if (waiting === undefined) {
      if (pause > AGAIN_MS.first) say('The database is of the newest schema: the API is open.')
      return
    }
    say(waiting)
    tried()
    await delay(pause)
  }
}

/** What it does instead of serving, by its first argument. */
const ACTS: Record<string, () => Promise<void>> = { '--migrate-only': migrateOnly, '--doctor': examine }

try {
  await (ACTS[process.argv[2] ?? ''] ?? serve)()
}
catch (error) {
  end(error)
}
