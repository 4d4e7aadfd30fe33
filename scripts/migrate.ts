// Brings the database to the newest schema. The built server does so by itself; `pnpm dev` calls this first.
import { fileURLToPath } from 'node:url'
import { migrate } from '../apps/web/server/db/migrate'

const appUrl = process.env.DATABASE_URL
if (!appUrl) {
  console.error('DATABASE_URL is not set: say which database is to be migrated.')
  process.exit(1)
}
try {
  await migrate({
    appUrl,
    ownerUrl: process.env.DATABASE_MIGRATION_URL || appUrl,
    folder: fileURLToPath(new URL('../apps/web/server/db/migrations', import.meta.url)),
  })
}
catch (error) {
  console.error(`The database could not be brought to the newest schema: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
