// The first thing that runs on a server: what it needs is there, the schema is the newest, then it listens. Nitro does
// not wait for its own plugins, so a migration in one of them would run beside the first requests.
import { fileURLToPath } from 'node:url'
import { claimForDemo, DemoError, refuseOpenDemo } from './db/demo-guard'
import { migrate } from './db/migrate'
import { EnvironmentError, readEnvironment } from './environment'

// For this machine only, where nobody says otherwise.
process.env.HOST ||= '127.0.0.1'

try {
  const { DATABASE_URL, DATABASE_MIGRATION_URL, DEMO, PUBLIC_URL } = readEnvironment()
  if (DEMO) {
    // Nitro's own name for it comes first.
    refuseOpenDemo({ host: process.env.NITRO_HOST || process.env.HOST, publicUrl: PUBLIC_URL })
    await claimForDemo(DATABASE_MIGRATION_URL ?? DATABASE_URL)
  }
  await migrate({
    appUrl: DATABASE_URL,
    ownerUrl: DATABASE_MIGRATION_URL ?? DATABASE_URL,
    folder: fileURLToPath(new URL('./migrations', import.meta.url)),
  })
}
catch (error) {
  process.stderr.write(`${sentence(error)}\n`)
  process.exit(1)
}

const server = './index.mjs'
await import(server)

function sentence(error: unknown): string {
  if (error instanceof EnvironmentError || error instanceof DemoError) return error.message
  const reason = error instanceof Error ? deepest(error).message || ('code' in error ? String(error.code) : error.name) : String(error)
  return `The database could not be brought to the newest schema, so the server does not start: ${reason}.`
}

/** drizzle wraps what PostgreSQL said, with the whole statement in its own message. */
function deepest(error: Error): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0]
  return error.cause instanceof Error ? deepest(error.cause) : error
}
