// Brings the database to the newest schema. The built server does so by itself; `pnpm dev` calls this first.
import { fileURLToPath } from 'node:url'
import { claimForDemo, DemoError, refuseOpenDemo } from '../apps/web/server/db/demo-guard'
import { migrate } from '../apps/web/server/db/migrate'
import { Refusal, runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'

await runMain(async (argv) => {
  readFlags(argv, {}, 'npx tsx scripts/migrate.ts')
  const appUrl = process.env.DATABASE_URL
  if (!appUrl) throw new Refusal('DATABASE_URL is not set: say which database is to be migrated.')
  try {
    if (process.env.DEMO === '1') {
      refuseOpenDemo({ host: process.env.HOST || '127.0.0.1', publicUrl: process.env.PUBLIC_URL || undefined })
      await claimForDemo(process.env.DATABASE_MIGRATION_URL || appUrl)
    }
    await migrate({
      appUrl,
      ownerUrl: process.env.DATABASE_MIGRATION_URL || appUrl,
      folder: fileURLToPath(new URL('../apps/web/server/db/migrations', import.meta.url)),
    })
  }
  catch (error) {
    throw new Refusal(error instanceof DemoError ? error.message : `The database could not be brought to the newest schema: ${error instanceof Error ? error.message : String(error)}`)
  }
})
