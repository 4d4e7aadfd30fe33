// What the server looks at when it starts, each with its cure, against the given addresses or the stack that runs here.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from '../apps/web/server/checks/check'
import { lookAtAll, reportOf } from '../apps/web/server/checks/report'
import { electricKeysOf, EnvironmentError, readAddresses } from '../apps/web/server/environment'
import { keptAddresses } from './lib/addresses.mjs'
import { Refusal, runMain } from './lib/command.mjs'
import { outsideAddresses } from './lib/commands/start.mjs'
import { readFlags } from './lib/flags.mjs'
import { DATA, ROOT } from './lib/paths.mjs'

const FLAGS = { data: { kind: 'text', help: 'folder of the embedded stack, .data/local where not given' } } as const

await runMain(async (argv) => {
  const { data } = readFlags(argv, FLAGS, 'pnpm run doctor')
  const { lines, hasFailed } = reportOf(await lookAtAll(findPlace(data)))
  console.log(lines.join('\n'))
  return hasFailed ? 1 : 0
})

/** The addresses of the environment and `.env`, else those of the embedded stack that was last started on a data folder. */
function findPlace(data: string | undefined): Place {
  if (existsSync(`${ROOT}/.env`)) process.loadEnvFile(`${ROOT}/.env`)
  const given = (data === undefined ? outsideAddresses(process.env) : undefined) ?? keptAddresses(resolve(data ?? `${DATA}/local`))
  if (!given?.ELECTRIC_URL) throw new Refusal('Say what to look at: set DATABASE_URL, ELECTRIC_URL and ELECTRIC_API_KEY, or start the app and name its folder with --data.')
  try {
    const read = readAddresses({ ...given, ELECTRIC_API_KEY_NEXT: process.env.ELECTRIC_API_KEY_NEXT })
    return {
      databaseUrl: read.DATABASE_URL, ownerUrl: read.DATABASE_MIGRATION_URL, electricUrl: read.ELECTRIC_URL, electricKeys: electricKeysOf(read),
      migrations: fileURLToPath(new URL('../apps/web/server/db/migrations', import.meta.url)),
    }
  }
  catch (error) {
    throw error instanceof EnvironmentError ? new Refusal(error.message) : error
  }
}
